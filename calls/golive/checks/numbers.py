"""Each of our numbers at the carrier: do its calls, their news and its messages come to us?"""

from collections.abc import Iterator
from dataclasses import dataclass

from calls.golive import wanted
from calls.golive.findings import Change, Finding, Severity, shown
from calls.golive.snapshot import NumberThere, ServiceThere, Snapshot, read

_LEAST_READ_MS = 5000


@dataclass(frozen=True, slots=True)
class _Words:
    severity: Severity
    said: str
    why: str
    caller: str


_WORDS = {
    "voice_url": _Words(
        Severity.BLOCKER,
        "Calls are announced to {now}, not to us.",
        "Twilio asks this address what to do with a call.",
        "They reach whatever answers there, or hear an error.",
    ),
    "voice_method": _Words(
        Severity.BLOCKER,
        "Calls are announced by {now}, not by POST.",
        "We take what is signed by POST and refuse the rest.",
        "They hear an error of the network.",
    ),
    "voice_fallback_url": _Words(
        Severity.SERIOUS,
        "When our answer fails, Twilio asks {now}, not our fallback.",
        "The fallback speaks or connects to a person even while our stores are away.",
        "On a bad day they hear an error of the network in place of a person.",
    ),
    "voice_fallback_method": _Words(
        Severity.SERIOUS,
        "The fallback is asked by {now}, not by POST.",
        "We take what is signed by POST and refuse the rest.",
        "On a bad day they hear an error of the network.",
    ),
    "status_callback": _Words(
        Severity.SERIOUS,
        "The end of calls is reported to {now}, not to us.",
        "A caller who hangs up before the assistant speaks is only known from it.",
        "Nothing; but the floor shows calls that are over, until the next comparison.",
    ),
    "status_callback_method": _Words(
        Severity.SERIOUS,
        "The end of calls is reported by {now}, not by POST.",
        "We take what is signed by POST and refuse the rest.",
        "Nothing; but the floor shows calls that are over, until the next comparison.",
    ),
    "sms_url": _Words(
        Severity.SERIOUS,
        "Text messages go to {now}, not to us.",
        "Whoever writes STOP must not be called again, by law from that minute.",
        "They write STOP and are called all the same.",
    ),
    "sms_method": _Words(
        Severity.SERIOUS,
        "Text messages come by {now}, not by POST.",
        "We take what is signed by POST and refuse the rest.",
        "They write STOP and are called all the same.",
    ),
    "voice_application_sid": _Words(
        Severity.BLOCKER,
        "The application {now} answers its calls.",
        "An application wins over the number's own addresses.",
        "They reach the application, not us.",
    ),
    "trunk_sid": _Words(
        Severity.BLOCKER,
        "The SIP trunk {now} takes its calls.",
        "A trunk wins over the number's own addresses, and no document of ours steers its calls.",
        "They reach the trunk's server, not us.",
    ),
    "voice_receive_mode": _Words(
        Severity.BLOCKER,
        "It receives {now}, not calls.",
        "A number that takes faxes answers with a fax machine's tone.",
        "They hear a fax machine.",
    ),
    "sms_application_sid": _Words(
        Severity.SERIOUS,
        "The application {now} takes its text messages.",
        "An application wins over the number's own address, and STOP does not reach us.",
        "They write STOP and are called all the same.",
    ),
}
_OFF_TRUNK = _Words(
    Severity.BLOCKER,
    "It is not on the SIP trunk that it is meant to be on.",
    "Only a trunk brings its calls to the SIP server.",
    "They reach whatever the number's own address is.",
)
_EMPTY = {"voice_application_sid": "", "trunk_sid": "", "sms_application_sid": "", "voice_receive_mode": "voice"}


def ours_there(snapshot: Snapshot) -> list[NumberThere]:
    """Our numbers, as the carrier has them."""
    there = {number.e164: number for number in read(snapshot.numbers, ())}
    return [there[number.e164] for number in snapshot.ours.numbers if number.e164 in there]


def missing(snapshot: Snapshot) -> Iterator[Finding]:
    """Each of our numbers is in the account, can speak, and there is one at all."""
    there = {number.e164: number for number in read(snapshot.numbers, ())}
    if not snapshot.ours.numbers:
        yield Finding(
            "number.none",
            Severity.BLOCKER,
            "Numbers",
            "There is no active number here.",
            "A call is answered by the rules of the number that was called.",
            "Callers hear that the number is not in service.",
            by_hand="Add one in the admin: Numbers, Add.",
        )
    for number in snapshot.ours.numbers:
        found = there.get(number.e164)
        if isinstance(snapshot.numbers, tuple) and found is None and not number.is_sender:
            yield Finding(
                f"number.missing:{number.e164}",
                Severity.BLOCKER,
                number.e164,
                "It is not in this Twilio account.",
                "Only the account that owns a number is told of its calls.",
                "They reach whoever owns the number.",
                by_hand="Buy it, port it in, or switch it off here.",
            )
        elif found is not None and not found.can_speak:
            yield Finding(
                f"number.voice:{number.e164}",
                Severity.BLOCKER,
                number.e164,
                "It takes no calls: it is for messages only.",
                "Not every number can be called.",
                "They hear that the number is not in service.",
                by_hand="Buy a number with voice.",
            )


def voice(snapshot: Snapshot) -> Iterator[Finding]:
    """Calls are announced to us."""
    yield from _compared(snapshot, "voice_url")


def methods(snapshot: Snapshot) -> Iterator[Finding]:
    """Everything comes by POST."""
    yield from _compared(snapshot, "voice_method", "voice_fallback_method", "status_callback_method", "sms_method")


def fallback(snapshot: Snapshot) -> Iterator[Finding]:
    """The fallback is asked when our answer fails."""
    yield from _compared(snapshot, "voice_fallback_url")


def status(snapshot: Snapshot) -> Iterator[Finding]:
    """We are told of the end of calls."""
    yield from _compared(snapshot, "status_callback")


def messages(snapshot: Snapshot) -> Iterator[Finding]:
    """Text messages come to us."""
    yield from _compared(snapshot, "sms_url")


def taken_elsewhere(snapshot: Snapshot) -> Iterator[Finding]:
    """Nothing wins over the number's own addresses, unless it is meant to."""
    trunks = _trunks(snapshot)
    for number in ours_there(snapshot):
        for name, empty in (_EMPTY | {"trunk_sid": trunks[number.e164]}).items():
            now = number.settings.get(name, "")
            if now not in ("", empty):
                yield _finding(number, name, now, empty)
            elif name == "trunk_sid" and now != empty:
                yield _finding(number, name, now, empty, _OFF_TRUNK)


def _trunks(snapshot: Snapshot) -> dict[str, str]:
    return {number.e164: number.trunk_sid for number in snapshot.ours.numbers}


def _compared(snapshot: Snapshot, *names: str) -> Iterator[Finding]:
    known = {number.e164: number for number in snapshot.ours.numbers}
    for number in ours_there(snapshot):
        ours = known[number.e164]
        wants = wanted.of_number(snapshot.ours.public_url, ours.overrides)
        for name in names:
            if ours.trunk_sid and not name.startswith("sms"):
                continue  # a trunk asks none of these
            now = number.settings.get(name, "")
            is_right = wanted.is_same_address(now, wants[name]) if "://" in wants[name] else now == wants[name]
            if not is_right:
                yield _finding(number, name, now, wants[name])


def _finding(number: NumberThere, name: str, now: str, wants: str, words: _Words | None = None) -> Finding:
    words = words or _WORDS[name]
    return Finding(
        key=f"number.{name}:{number.e164}",
        severity=words.severity,
        about=number.e164,
        said=words.said.format(now=shown(now) or "nobody"),
        why=words.why,
        caller=words.caller,
        changes=(Change("number", number.sid, number.e164, name, now, wants),),
        is_setup=True,
    )


def message_services(snapshot: Snapshot) -> Iterator[Finding]:
    """A messaging service that a number belongs to asks the number's own address."""
    numbers = {number.e164 for number in snapshot.ours.numbers}
    wants = wanted.of_number(snapshot.ours.public_url)["sms_url"]
    for service in read(snapshot.services, ()):
        mine = sorted(numbers.intersection(service.numbers))
        if mine and not service.asks_number and not wanted.is_same_address(service.inbound_url, wants):
            yield _of_service(service, mine)


def _of_service(service: ServiceThere, mine: list[str]) -> Finding:
    return Finding(
        key=f"service:{service.sid}",
        severity=Severity.SERIOUS,
        about=", ".join(mine),
        said=f"The messaging service “{service.name}” takes its text messages"
        + (f" to {shown(service.inbound_url)}." if service.inbound_url else " and tells nobody."),
        why="A service wins over the number's own address, and STOP does not reach us.",
        caller="They write STOP and are called all the same.",
        changes=(Change("service", service.sid, service.name, "use_inbound_webhook_on_number", "false", "true"),),
        is_setup=True,
    )


def overrides(snapshot: Snapshot) -> Iterator[Finding]:
    """The limits behind `#` in the voice address leave us time to answer."""
    wants = wanted.of_number(snapshot.ours.public_url)["voice_url"]
    for number in ours_there(snapshot):
        now = number.settings.get("voice_url", "")
        given = wanted.overrides_in(now)
        short = [
            f"{name}={value}"
            for name, value in given.items()
            if name in ("rt", "tt") and value.isdecimal() and int(value) < _LEAST_READ_MS
        ]
        if short and wanted.is_same_address(now, wants):
            yield Finding(
                f"number.overrides:{number.e164}",
                Severity.SERIOUS,
                number.e164,
                f"Twilio gives up on our answer after {' and '.join(short)} milliseconds.",
                "We answer within a second whatever is broken, and the network between us needs some too.",
                "On a slow day they hear the fallback though we would have answered.",
                changes=(Change("number", number.sid, number.e164, "voice_url", now, wants),),
            )


def region(snapshot: Snapshot) -> Iterator[Finding]:
    """Calls are processed where we control them."""
    wants = snapshot.ours.region or "us1"
    for number in ours_there(snapshot):
        if number.region and number.region != wants:
            yield Finding(
                f"number.region:{number.e164}",
                Severity.BLOCKER,
                number.e164,
                f"Its calls are processed in {number.region}, and we ask {wants} about them.",
                "A call exists only in the region that processes it: hang-up, transfer and recording would fail.",
                "They can talk to the assistant, and to nobody else.",
                changes=(Change("route", number.e164, number.e164, "voice_region", number.region, wants),),
            )
