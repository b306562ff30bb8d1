"""Pointing our numbers at us: what the carrier has, what we need, and the difference."""

from dataclasses import dataclass

from calls.carrier import numbers as at_carrier
from calls.carrier import twiml
from calls.line_rules.overrides import with_override
from calls.models import Number


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting of one number: what it is, and what it must be for calls to reach us."""

    e164: str
    name: str
    now: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A number compared with the carrier's; `phone_number_sid` empty when the account does not own it."""

    e164: str
    phone_number_sid: str
    differences: tuple[Difference, ...]


def wanted(overrides: str = "") -> dict[str, str]:
    """The settings that send a number's calls and their news to us.

    `overrides`: how the carrier is to connect to us where a caller waits for the answer.
    """
    return {
        "voice_url": with_override(twiml.public_url("/twilio/voice/"), overrides),
        "voice_method": "POST",
        "voice_fallback_url": with_override(twiml.public_url("/twilio/voice/fallback/"), overrides),
        "voice_fallback_method": "POST",
        "status_callback": twiml.public_url("/twilio/status/"),
        "status_callback_method": "POST",
        "sms_url": twiml.public_url("/twilio/message/"),
        "sms_method": "POST",
    }


def compare(number: Number) -> Comparison:
    """Compare a number with the carrier's settings of it. Raises CarrierError.

    The calls of a number on a trunk go to a telephone system: nothing of it is compared.
    """
    found = at_carrier.find(number.e164)
    if found is None:
        return Comparison(number.e164, "", ())
    if number.trunk_id is not None:
        return Comparison(number.e164, found.phone_number_sid, ())
    differences = tuple(
        Difference(number.e164, name, found.settings[name], value)
        for name, value in wanted(number.overrides).items()
        if found.settings[name] != value
    )
    return Comparison(number.e164, found.phone_number_sid, differences)


def point_at_us(number: Number, comparison: Comparison) -> None:
    """Write the differences at the carrier. Raises CarrierError."""
    if comparison.differences:
        at_carrier.change(comparison.phone_number_sid, {d.name: d.wanted for d in comparison.differences})
    number.learn_sid(comparison.phone_number_sid)


def restore(phone_number_sid: str, settings: dict[str, str]) -> None:
    """Put old settings back. Raises CarrierError."""
    at_carrier.change(phone_number_sid, settings)
