"""The alarms of Health: what was seen in the last ten minutes that must not go on, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from calls.golive import error_words

NO_RESPONSE = 32011


@dataclass(frozen=True, slots=True)
class Watched:
    """Counts of the last ten minutes.

    `codes`: errors the carrier told us of, by code. `sip_codes`: answers of SIP servers to calls of ours, 400 and up.
    `streams_broken`: streams that ended without having been ended; `relays_broken` likewise. `accepts_refused`: the
    model did not take our acceptance of a SIP call. `*_forged`: what came unsigned or wrongly signed.
    """

    codes: dict[int, int] = field(default_factory=dict)
    sip_codes: dict[str, int] = field(default_factory=dict)
    streams_broken: int = 0
    relays_broken: int = 0
    streams_forged: int = 0
    streams_refused: int = 0
    carrier_forged: int = 0
    model_forged: int = 0
    accepts_refused: int = 0
    budgets: tuple["BudgetSeen", ...] = ()


@dataclass(frozen=True, slots=True)
class BudgetSeen:
    """A budget that has reached one of its amounts, or whose money was not counted lately. Dollars are words here."""

    name: str
    level: str
    said: str
    is_counted: bool = True


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that goes wrong now. `said` with its count; `do`: what to do, as a sentence."""

    key: str
    name: str
    count: int
    said: str
    do: str


def judge(watched: Watched) -> list[Alarm]:
    """Every alarm there is."""
    return [
        *_sip(watched),
        *_signatures(watched),
        *_streams(watched),
        *_fetches(watched),
        *_others(watched),
        *_budgets(watched),
    ]


def _sip(watched: Watched) -> Iterator[Alarm]:
    if silent := watched.codes.get(NO_RESPONSE, 0):
        yield Alarm(
            "sip.silent",
            "SIP: no response (32011)",
            silent,
            f"{_times(silent)} a SIP call to the other side got no answer.",
            "Look at status.openai.com; then whether the webhook of the model's calls reaches us and is answered.",
        )
    if watched.accepts_refused:
        yield Alarm(
            "sip.accept",
            "SIP: accept refused (4xx)",
            watched.accepts_refused,
            f"{_times(watched.accepts_refused)} the model did not take our acceptance of a call.",
            "Check the model's name and the project of the key; 404 means that the call was gone or of another region.",
        )
    if watched.sip_codes:
        count = sum(watched.sip_codes.values())
        codes = ", ".join(sorted(watched.sip_codes))
        yield Alarm(
            "sip.codes",
            "SIP: calls refused",
            count,
            f"{_times(count)} a SIP server refused a call of ours: {codes}.",
            "603 and 486 are a no of the other side; 401 and 403 are credentials, 404 an address, 5xx a fault there.",
        )


def _signatures(watched: Watched) -> Iterator[Alarm]:
    if watched.carrier_forged:
        yield Alarm(
            "signature.twilio",
            "Signatures: Twilio",
            watched.carrier_forged,
            f"{_times(watched.carrier_forged)} a request to /twilio/ was not signed as Twilio signs.",
            "If calls fail: PUBLIC_URL or the auth token is not Twilio's; run the go-live check. If they do not, "
            "somebody is trying the door, and it held.",
        )
    if watched.model_forged:
        yield Alarm(
            "signature.openai",
            "Signatures: OpenAI",
            watched.model_forged,
            f"{_times(watched.model_forged)} a request to /openai/ was not signed as OpenAI signs.",
            "If SIP calls fail: OPENAI_WEBHOOK_SECRET is not this endpoint's, or the clock is wrong by five minutes.",
        )
    if watched.streams_forged:
        yield Alarm(
            "signature.stream",
            "Signatures: streams",
            watched.streams_forged,
            f"{_times(watched.streams_forged)} a stream's handshake was not signed as Twilio signs.",
            "If callers lose the assistant at its first word: the proxy changes the address of /twilio/media/.",
        )


def _streams(watched: Watched) -> Iterator[Alarm]:
    told = sum(count for code, count in watched.codes.items() if error_words.is_stream(code))
    if broken := max(watched.streams_broken, told):
        yield Alarm(
            "stream.broken",
            "Streams broken off",
            broken,
            f"{_times(broken)} a call's stream broke off in the middle.",
            "The calls went on elsewhere if there was room: look at the bridges above, then at the proxy's timeouts.",
        )
    if watched.streams_refused:
        yield Alarm(
            "stream.refused",
            "Streams refused",
            watched.streams_refused,
            f"{_times(watched.streams_refused)} a stream of Twilio's came with a ticket that was spent or too old.",
            "Tickets live a minute: look at this machine's clock, and whether two installations share a number.",
        )
    if watched.relays_broken:
        yield Alarm(
            "relay.broken",
            "Relays broken off",
            watched.relays_broken,
            f"{_times(watched.relays_broken)} a relay broke off in the middle.",
            "Look at the bridges above, then at the proxy's timeouts.",
        )


def _fetches(watched: Watched) -> Iterator[Alarm]:
    failed = {code: count for code, count in watched.codes.items() if error_words.is_fetch(code)}
    if failed:
        commonest = max(failed, key=failed.__getitem__)
        count = sum(failed.values())
        yield Alarm(
            "fetch",
            "Webhooks: not answered",
            count,
            f"{_times(count)} Twilio got no good answer from us, most often {commonest}: "
            f"{error_words.of(commonest).said}",
            error_words.of(commonest).do,
        )


def _others(watched: Watched) -> Iterator[Alarm]:
    for code, count in sorted(watched.codes.items()):
        if code == NO_RESPONSE or error_words.is_stream(code) or error_words.is_fetch(code):
            continue
        words = error_words.of(code)
        yield Alarm(f"code.{code}", f"Twilio {code}", count, f"{_times(count)}: {words.said}", words.do)


def _budgets(watched: Watched) -> Iterator[Alarm]:
    for budget in watched.budgets:
        name = f"Budget: {budget.name}"
        if not budget.is_counted:
            do = "Look whether workers and beat run. As long as nobody counts, a budget that can stop lets no call out."
            yield Alarm("budget.unknown", name, 1, "What was spent has not been counted for five minutes.", do)
        elif budget.level != "fine":
            yield Alarm(f"budget.{budget.level}", name, 1, budget.said, _BUDGET_DO.get(budget.level, ""))


_BUDGET_DO = {
    "warned": "Look at the costs page whether this is what you want; raise the budget in Django admin if it is.",
    "stepped_down": "Calls that begin now use the cheaper model; those in progress keep theirs.",
    "stopped": "Nobody is dialled for it. Raise the budget in Django admin, or wait until its period is over.",
}


def _times(count: int) -> str:
    return "Once" if count == 1 else f"{count} times"
