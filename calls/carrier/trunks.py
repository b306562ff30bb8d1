"""Elastic SIP trunks at the carrier: what stands there, as plain values, and the requests that change it.

Source: https://www.twilio.com/docs/sip-trunking/api.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from twilio.base.exceptions import TwilioException

from calls.carrier.client import get_client, translated
from calls.carrier.errors import CarrierError
from calls.line_rules.trunk import Plan, Recording, Trim

NOT_FOUND = 20404
DOMAIN_TAKEN = frozenset({21245, 21248})
_MOST = 1000
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class TargetFound:
    """An origination address as the carrier has it."""

    sid: str
    name: str
    uri: str
    priority: int
    weight: int
    is_on: bool


@dataclass(frozen=True, slots=True)
class TrunkFound:
    """A trunk as the carrier has it, with everything that hangs on it."""

    sid: str
    plan: Plan
    is_rtp_symmetric: bool
    targets: tuple[TargetFound, ...]
    number_sids: tuple[str, ...]
    credential_list_sids: tuple[str, ...]
    address_list_sids: tuple[str, ...]


def _asked(ask: Callable[[], Done]) -> Done:
    """Ask, and let the one error type come of it."""
    try:
        return ask()
    except (TwilioException, OSError) as error:
        raise translated(error) from error


def _trunk(sid: str) -> Any:
    return get_client().trunking.v1.trunks(sid)


def listed() -> list[str]:
    """The ids of every trunk of the account. Raises CarrierError."""
    return [str(trunk.sid) for trunk in _asked(lambda: get_client().trunking.v1.trunks.list(limit=_MOST))]


def look_up(sid: str) -> TrunkFound | None:
    """A trunk with everything that hangs on it; None when there is none. Raises CarrierError."""
    at = _trunk(sid)
    try:
        trunk = _asked(at.fetch)
    except CarrierError as error:
        if error.code == NOT_FOUND:
            return None
        raise
    taped = trunk.recording if isinstance(trunk.recording, dict) else {}
    plan = Plan(
        name=str(trunk.friendly_name or ""),
        domain=str(trunk.domain_name or ""),
        is_secure=bool(trunk.secure),
        transfer=str(trunk.transfer_mode or ""),
        transfer_caller=str(trunk.transfer_caller_id or ""),
        looks_up_names=bool(trunk.cnam_lookup_enabled),
        disaster_url=str(trunk.disaster_recovery_url or ""),
        recording=str(taped.get("mode") or Recording.OFF),
        trim=str(taped.get("trim") or Trim.KEEP),
    )
    return TrunkFound(
        sid=str(trunk.sid),
        plan=plan,
        is_rtp_symmetric=bool(trunk.symmetric_rtp_enabled),
        targets=tuple(_target(one) for one in _asked(lambda: at.origination_urls.list(limit=_MOST))),
        number_sids=_sids(at.phone_numbers),
        credential_list_sids=_sids(at.credentials_lists),
        address_list_sids=_sids(at.ip_access_control_lists),
    )


def _sids(of: Any) -> tuple[str, ...]:
    return tuple(str(one.sid) for one in _asked(lambda: of.list(limit=_MOST)))


def _target(one: Any) -> TargetFound:
    return TargetFound(
        sid=str(one.sid),
        name=str(one.friendly_name or ""),
        uri=str(one.sip_url or ""),
        priority=int(one.priority or 0),
        weight=int(one.weight or 1),
        is_on=bool(one.enabled),
    )


def create(plan: Plan) -> str:
    """Make a trunk; its id. Its recording is set afterwards, by `set_recording`. Raises CarrierError."""
    words = {name: value for name, value in _settings(plan).items() if value != ""}
    return str(_asked(lambda: get_client().trunking.v1.trunks.create(**words)).sid)


def change(sid: str, plan: Plan) -> None:
    """Set a trunk to this plan, recording apart. Raises CarrierError."""
    words = _settings(plan)
    if not plan.domain:
        del words["domain_name"]  # there is no way to take one away
    _asked(lambda: _trunk(sid).update(**words))


def _settings(plan: Plan) -> dict[str, Any]:
    return {
        "friendly_name": plan.name,
        "domain_name": plan.domain,
        "secure": plan.is_secure,
        "transfer_mode": plan.transfer,
        "transfer_caller_id": plan.transfer_caller,
        "cnam_lookup_enabled": plan.looks_up_names,
        "disaster_recovery_url": plan.disaster_url,
        "disaster_recovery_method": "POST",
    }


def set_recording(sid: str, *, mode: str, trim: str) -> None:
    """Say what is recorded of a trunk's calls. Raises CarrierError."""
    _asked(lambda: _trunk(sid).recordings().update(mode=mode, trim=trim))


def delete(sid: str) -> bool:
    """Take a trunk away; its numbers stay in the account. False: it was gone. Raises CarrierError."""
    try:
        return bool(_asked(lambda: _trunk(sid).delete()))
    except CarrierError as error:
        if error.code == NOT_FOUND:
            return False
        raise


def add_target(sid: str, *, name: str, uri: str, priority: int, weight: int, is_on: bool) -> None:
    """Give a trunk another address. Raises CarrierError."""
    words = {"friendly_name": name, "sip_url": uri, "priority": priority, "weight": weight, "enabled": is_on}
    _asked(lambda: _trunk(sid).origination_urls.create(**words))


def change_target(sid: str, target_sid: str, *, name: str, uri: str, priority: int, weight: int, is_on: bool) -> None:
    """Change one of its addresses. Raises CarrierError."""
    words = {"friendly_name": name, "sip_url": uri, "priority": priority, "weight": weight, "enabled": is_on}
    _asked(lambda: _trunk(sid).origination_urls(target_sid).update(**words))


def drop_target(sid: str, target_sid: str) -> None:
    """Take one of its addresses away; one that is gone is fine. Raises CarrierError."""
    _gone(lambda: _trunk(sid).origination_urls(target_sid).delete())


def add_number(sid: str, phone_number_sid: str) -> None:
    """Let a trunk have a number's calls. Raises CarrierError."""
    _asked(lambda: _trunk(sid).phone_numbers.create(phone_number_sid=phone_number_sid))


def drop_number(sid: str, phone_number_sid: str) -> None:
    """Take a number off a trunk; one that is not on it is fine. Raises CarrierError."""
    _gone(lambda: _trunk(sid).phone_numbers(phone_number_sid).delete())


def let_in(sid: str, list_sid: str, *, are_credentials: bool) -> None:
    """Let whoever stands on a list call out through a trunk. Raises CarrierError."""
    at = _trunk(sid)
    if are_credentials:
        _asked(lambda: at.credentials_lists.create(credential_list_sid=list_sid))
    else:
        _asked(lambda: at.ip_access_control_lists.create(ip_access_control_list_sid=list_sid))


def shut_out(sid: str, list_sid: str, *, are_credentials: bool) -> None:
    """The reverse. Raises CarrierError."""
    at = _trunk(sid)
    _gone(lambda: (at.credentials_lists if are_credentials else at.ip_access_control_lists)(list_sid).delete())


def _gone(ask: Callable[[], object]) -> None:
    try:
        _asked(ask)
    except CarrierError as error:
        if error.code != NOT_FOUND:
            raise
