"""The rules of the gate: pure, each in its family, each naming its clause. Every rule that can run does.

To add a family: write `check` in a file of its own, put it into a table here, and its codes into `compliance/codes.py`.
A purpose that is not in a table of purposes is not permitted at all.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from compliance.rules import (
    address,
    budget,
    caller_id,
    campaign,
    clocks,
    consent,
    countries,
    directory,
    emergency,
    in_flight,
    room,
    states,
    suppression,
    switches,
    timing,
    whatsapp,
)
from compliance.rules.question import CustomerCheck, Question
from compliance.ruleset import Ruleset
from compliance.verdict import Code, DialFacts, DialRequest, Judgement, Purpose, Refusal, judge

# Which reading of the law this software comes with; what was applied is kept with every decision.
RULESET = "2026-11"

Check = Callable[[DialRequest, DialFacts, datetime], Iterator[Refusal]]

# Nothing about the call matters if its destination is none.
DESTINATION: tuple[Check, ...] = (address.check,)
EVERY_PURPOSE: tuple[Check, ...] = (caller_id.check, whatsapp.check_company, switches.check, in_flight.check)
OF_PURPOSE: dict[Purpose, tuple[Check, ...]] = {
    Purpose.STAFF: (directory.check,),
    Purpose.EMERGENCY: (emergency.check, room.check, clocks.check),
}
# Asked although the purpose is not permitted: their sentence says more.
SAYS_MORE: dict[Purpose, tuple[Check, ...]] = {Purpose.TRANSFER: (directory.check,)}
# Customers are called by the law of where they may be.
CUSTOMERS = frozenset({Purpose.TELEMARKETING, Purpose.INFORMATIONAL, Purpose.HEALTHCARE})
OF_CUSTOMERS: tuple[CustomerCheck, ...] = (
    suppression.check,
    consent.check,
    consent.check_reassigned,
    states.check,
    campaign.check,
    timing.check,
)


def decide(request: DialRequest, facts: DialFacts, now: datetime, law: Ruleset | None = None) -> Judgement:
    """Run the rules and combine what they say. A rule that fails is a reason to refuse, never a reason to go on.

    Without a law nobody but our own people is rung.
    """
    found = [*_run(DESTINATION, request, facts, now)]
    if not found and request.purpose in (*CUSTOMERS, Purpose.EMERGENCY):
        found = [*_guarded(countries.check, request, facts, now, law)]
    if found:
        return judge(found)
    found = [*_run(EVERY_PURPOSE, request, facts, now)]
    if request.purpose in CUSTOMERS:
        found += _run((room.check, clocks.check, budget.check, whatsapp.check), request, facts, now)
        found += _asked_of_customers(request, facts, now, law)
        if whatsapp.is_by_whatsapp(request):
            found = [reason for reason in found if reason.code not in whatsapp.NOT_ASKED]
    elif request.purpose in OF_PURPOSE:
        found += _run(OF_PURPOSE[request.purpose], request, facts, now)
    else:
        found += _run(SAYS_MORE.get(request.purpose, ()), request, facts, now)
        found.append(Refusal(Code.PURPOSE_NOT_PERMITTED, "policy: only purposes with rules are dialled"))
    return judge(found)


def _asked_of_customers(
    request: DialRequest, facts: DialFacts, now: datetime, law: Ruleset | None
) -> Iterator[Refusal]:
    if facts.customer is None or law is None:
        yield _doubt("nothing is known of the person" if facts.customer is None else "there is no law")
        return
    question = Question(request, facts, facts.customer, law, now)
    for check in OF_CUSTOMERS:
        yield from _guarded(check, question)


def _run(checks: tuple[Check, ...], request: DialRequest, facts: DialFacts, now: datetime) -> Iterator[Refusal]:
    for check in checks:
        yield from _guarded(check, request, facts, now)


def _guarded(check: Callable[..., Iterator[Refusal]], *asked: object) -> Iterator[Refusal]:
    try:
        yield from check(*asked)
    except Exception as error:  # noqa: BLE001  (whatever it is, it is no permission)
        yield _doubt(f"{check.__module__}: {type(error).__name__}")


def _doubt(detail: str) -> Refusal:
    return Refusal(Code.UNDECIDED, "policy: any doubt is a refusal", detail=detail)
