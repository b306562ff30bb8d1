"""Who may send calls: lists of credentials and of addresses, and the SIP domains that use them.

Passwords go through here to the carrier and are kept nowhere. Source: https://www.twilio.com/docs/voice/sip/api.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.views.decorators.debug import sensitive_variables
from twilio.base.exceptions import TwilioException

from calls.carrier.client import get_client, translated
from calls.carrier.errors import CarrierError

NOT_FOUND = 20404
_MOST = 1000
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class EntryFound:
    """A line of a list: a user name, or an address with its prefix length."""

    sid: str
    value: str
    prefix: int | None


@dataclass(frozen=True, slots=True)
class ListFound:
    """A list as the carrier has it."""

    sid: str
    name: str
    are_credentials: bool
    entries: tuple[EntryFound, ...]


@dataclass(frozen=True, slots=True)
class DomainFound:
    """A SIP domain as the carrier has it: a telephone system calls in there."""

    sid: str
    name: str
    domain: str
    voice_url: str
    fallback_url: str
    status_url: str
    is_secure: bool
    list_sids: tuple[str, ...]


def _asked(ask: Callable[[], Done]) -> Done:
    try:
        return ask()
    except (TwilioException, OSError) as error:
        raise translated(error) from error


def _gone(ask: Callable[[], object]) -> None:
    try:
        _asked(ask)
    except CarrierError as error:
        if error.code != NOT_FOUND:
            raise


def _lists(*, are_credentials: bool) -> Any:
    sip = get_client().api.v2010.account.sip
    return sip.credential_lists if are_credentials else sip.ip_access_control_lists


def lists() -> list[ListFound]:
    """Every list of the account with what stands on it. Raises CarrierError."""
    found = []
    for are_credentials in (True, False):
        of = _lists(are_credentials=are_credentials)
        rows = _asked(lambda of=of: of.list(limit=_MOST))  # type: ignore[misc]
        found += [_list(one, are_credentials=are_credentials) for one in rows]
    return found


def _list(one: Any, *, are_credentials: bool) -> ListFound:
    at = _lists(are_credentials=are_credentials)(one.sid)
    if are_credentials:
        rows = _asked(lambda: at.credentials.list(limit=_MOST))
        entries = tuple(EntryFound(str(row.sid), str(row.username), None) for row in rows)
    else:
        rows = _asked(lambda: at.ip_addresses.list(limit=_MOST))
        entries = tuple(
            EntryFound(str(row.sid), str(row.ip_address), int(row.cidr_prefix_length or 32)) for row in rows
        )
    return ListFound(str(one.sid), str(one.friendly_name or ""), are_credentials, entries)


def make_list(name: str, *, are_credentials: bool) -> str:
    """An empty list; its id. Raises CarrierError."""
    return str(_asked(lambda: _lists(are_credentials=are_credentials).create(friendly_name=name)).sid)


def drop_list(sid: str, *, are_credentials: bool) -> None:
    """Take a list away; one that is gone is fine. Raises CarrierError."""
    _gone(lambda: _lists(are_credentials=are_credentials)(sid).delete())


@sensitive_variables("password")
def add_credential(list_sid: str, *, user_name: str, password: str) -> None:
    """Put a user on a list. Raises CarrierError."""
    at = _lists(are_credentials=True)(list_sid)
    _asked(lambda: at.credentials.create(username=user_name, password=password))


@sensitive_variables("password")
def change_password(list_sid: str, entry_sid: str, *, password: str) -> None:
    """Give a user another password. Raises CarrierError."""
    at = _lists(are_credentials=True)(list_sid)
    _asked(lambda: at.credentials(entry_sid).update(password=password))


def add_address(list_sid: str, *, name: str, address: str, prefix: int) -> None:
    """Put an address on a list. Raises CarrierError."""
    at = _lists(are_credentials=False)(list_sid)
    _asked(lambda: at.ip_addresses.create(friendly_name=name, ip_address=address, cidr_prefix_length=prefix))


def drop_entry(list_sid: str, entry_sid: str, *, are_credentials: bool) -> None:
    """Take a line off a list; one that is gone is fine. Raises CarrierError."""
    at = _lists(are_credentials=are_credentials)(list_sid)
    _gone(lambda: (at.credentials if are_credentials else at.ip_addresses)(entry_sid).delete())


# --- domains --------------------------------------------------------------------------------------------------------


def _domains() -> Any:
    return get_client().api.v2010.account.sip.domains


def domains() -> list[DomainFound]:
    """Every SIP domain of the account. Raises CarrierError."""
    return [_domain(one) for one in _asked(lambda: _domains().list(limit=_MOST))]


def _domain(one: Any) -> DomainFound:
    calls = _domains()(one.sid).auth.calls
    mapped = (calls.credential_list_mappings, calls.ip_access_control_list_mappings)
    sids = [str(row.sid) for kind in mapped for row in _asked(lambda kind=kind: kind.list(limit=_MOST))]  # type: ignore[misc]
    return DomainFound(
        sid=str(one.sid),
        name=str(one.friendly_name or ""),
        domain=str(one.domain_name or ""),
        voice_url=str(one.voice_url or ""),
        fallback_url=str(one.voice_fallback_url or ""),
        status_url=str(one.voice_status_callback_url or ""),
        is_secure=bool(one.secure),
        list_sids=tuple(sids),
    )


def make_domain(domain: str, *, name: str, is_secure: bool, voice_url: str, fallback_url: str, status_url: str) -> str:
    """A SIP domain whose calls are announced at these addresses; its id. Raises CarrierError."""
    made = _asked(
        lambda: _domains().create(
            domain_name=domain,
            friendly_name=name,
            secure=is_secure,
            voice_url=voice_url,
            voice_method="POST",
            voice_fallback_url=fallback_url,
            voice_fallback_method="POST",
            voice_status_callback_url=status_url,
            voice_status_callback_method="POST",
        )
    )
    return str(made.sid)


def drop_domain(sid: str) -> None:
    """Take a SIP domain away; one that is gone is fine. Raises CarrierError."""
    _gone(lambda: _domains()(sid).delete())


def let_in(domain_sid: str, list_sid: str, *, are_credentials: bool) -> None:
    """Let whoever stands on a list call in at a domain. Raises CarrierError."""
    calls = _domains()(domain_sid).auth.calls
    if are_credentials:
        _asked(lambda: calls.credential_list_mappings.create(credential_list_sid=list_sid))
    else:
        _asked(lambda: calls.ip_access_control_list_mappings.create(ip_access_control_list_sid=list_sid))


def shut_out(domain_sid: str, list_sid: str, *, are_credentials: bool) -> None:
    """The reverse. Raises CarrierError."""
    calls = _domains()(domain_sid).auth.calls
    of = calls.credential_list_mappings if are_credentials else calls.ip_access_control_list_mappings
    _gone(lambda: of(list_sid).delete())
