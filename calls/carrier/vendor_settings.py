"""Single settings of the account, read and written, so that a change can be made and taken back.

Kinds of things and the names of their settings: `number` (by PN…) with the settings of a number, `country` (by its two
letters) with `low_risk_numbers_enabled`, `service` (by MG…) with `use_inbound_webhook_on_number`, `route` (by number)
with `voice_region`. Values are texts; true and false are written so. CarrierError only.
"""

import json
from collections.abc import Mapping
from typing import Any

from twilio.base.exceptions import TwilioException

from calls.carrier.account import NUMBER_SETTINGS
from calls.carrier.client import get_client, translated
from calls.carrier.errors import CarrierError

_NAMES = {
    "number": frozenset(NUMBER_SETTINGS),
    "country": frozenset({"low_risk_numbers_enabled"}),
    "service": frozenset({"use_inbound_webhook_on_number"}),
    "route": frozenset({"voice_region"}),
}
KINDS = frozenset(_NAMES)


def read(what: str, ref: str, names: frozenset[str]) -> dict[str, str]:
    """These settings as they are now."""
    _check(what, names)
    try:
        found = _thing(what, ref).fetch()
    except (TwilioException, OSError) as error:
        raise translated(error) from error
    return {name: _text(getattr(found, name)) for name in names}


def write(what: str, ref: str, values: Mapping[str, str]) -> None:
    """Set these, all in one request."""
    _check(what, frozenset(values))
    try:
        if what == "country":
            _write_country(ref, values)
        else:
            _thing(what, ref).update(**{name: _value(what, value) for name, value in values.items()})
    except (TwilioException, OSError) as error:
        raise translated(error) from error


def _check(what: str, names: frozenset[str]) -> None:
    unknown = names - _NAMES.get(what, frozenset())
    if unknown or not names:
        raise CarrierError(f"no such settings of a {what}: {', '.join(sorted(unknown))}", is_permanent=True)


def _thing(what: str, ref: str) -> Any:
    client = get_client()
    match what:
        case "number":
            return client.incoming_phone_numbers(ref)
        case "country":
            return client.voice.v1.dialing_permissions.countries(ref)
        case "service":
            return client.messaging.v1.services(ref)
        case "route":
            return client.routes.v2.phone_numbers(ref)
    raise CarrierError(f"no such thing: {what}", is_permanent=True)


def _write_country(iso: str, values: Mapping[str, str]) -> None:
    """The other two permissions of the country must be named too: they stay as they are."""
    permissions = get_client().voice.v1.dialing_permissions
    now = permissions.countries(iso).fetch()
    wanted = {
        "iso_code": iso,
        "low_risk_numbers_enabled": _text(now.low_risk_numbers_enabled),
        "high_risk_special_numbers_enabled": _text(now.high_risk_special_numbers_enabled),
        "high_risk_tollfraud_numbers_enabled": _text(now.high_risk_tollfraud_numbers_enabled),
        **values,
    }
    permissions.bulk_country_updates.create(update_request=json.dumps([wanted]))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _value(what: str, text: str) -> str | bool:
    return text == "true" if what == "service" else text
