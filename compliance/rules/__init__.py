"""The rules of the gate: pure, each in its family, each naming its clause. Every rule that can run does.

To add a family: write `check(request, facts, now)` in a file of its own, put it into a table here, and its codes into
`compliance/verdict.py`. A purpose that is not in the table of purposes is not permitted at all.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from compliance.rules import address, caller_id, directory, in_flight, switches
from compliance.verdict import Code, DialFacts, DialRequest, Judgement, Purpose, Refusal, judge

# Which reading of the law was applied; kept with every decision.
RULESET = "2026-11"

Check = Callable[[DialRequest, DialFacts, datetime], Iterator[Refusal]]

# Nothing about the call matters if its destination is none.
DESTINATION: tuple[Check, ...] = (address.check,)
EVERY_PURPOSE: tuple[Check, ...] = (caller_id.check, switches.check, in_flight.check)
OF_PURPOSE: dict[Purpose, tuple[Check, ...]] = {Purpose.STAFF: (directory.check,)}
# Asked although the purpose is not permitted: their sentence says more.
SAYS_MORE: dict[Purpose, tuple[Check, ...]] = {Purpose.TRANSFER: (directory.check,)}


def decide(request: DialRequest, facts: DialFacts, now: datetime) -> Judgement:
    """Run the rules and combine what they say. A rule that fails is a reason to refuse, never a reason to go on."""
    if found := [*_run(DESTINATION, request, facts, now)]:
        return judge(found)
    found = [*_run(EVERY_PURPOSE, request, facts, now)]
    if request.purpose in OF_PURPOSE:
        found += _run(OF_PURPOSE[request.purpose], request, facts, now)
    else:
        found += _run(SAYS_MORE.get(request.purpose, ()), request, facts, now)
        found.append(Refusal(Code.PURPOSE_NOT_PERMITTED, "policy: only purposes with rules are dialled"))
    return judge(found)


def _run(checks: tuple[Check, ...], request: DialRequest, facts: DialFacts, now: datetime) -> Iterator[Refusal]:
    for check in checks:
        try:
            yield from check(request, facts, now)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is no permission)
            where = f"{check.__module__}: {type(error).__name__}"
            yield Refusal(Code.UNDECIDED, "policy: any doubt is a refusal", detail=where)
