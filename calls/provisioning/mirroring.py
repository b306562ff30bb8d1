"""Reading what the carrier has into our books: trunks, lists, SIP domains, verified numbers.

Whatever was left half-done, here or in the carrier's console, is right again afterwards. The carrier has the last word.
"""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from calls.carrier import caller_ids, sip_access, twiml
from calls.carrier import trunks as at_carrier
from calls.carrier.errors import CarrierError
from calls.models import CallerId, Number, SipAccessList, SipDomain, Trunk
from calls.provisioning.problems import unable


@dataclass(frozen=True, slots=True)
class Mirrored:
    """How much there was."""

    trunks: int
    lists: int
    domains: int
    caller_ids: int


def read_everything(*, now: datetime) -> Mirrored:
    """Read it all. Raises UnableTo; what was read before stays."""
    lists = read_lists(now=now)
    domains = read_domains(now=now)
    try:
        sids = at_carrier.listed()
    except CarrierError as error:
        raise unable(error) from error
    kept = [trunk for sid in sids if (trunk := read_trunk(sid, now=now)) is not None]
    Trunk.forget_others(trunk.trunk_sid for trunk in kept)
    return Mirrored(len(kept), lists, domains, read_caller_ids(now=now))


def read_trunk(sid: str, *, now: datetime) -> Trunk | None:
    """Read one trunk with everything that hangs on it; None when the carrier has it no more. Raises UnableTo."""
    try:
        found = at_carrier.look_up(sid)
    except CarrierError as error:
        raise unable(error) from error
    if found is None:
        Trunk.objects.filter(trunk_sid=sid).delete()
        return None
    trunk = Trunk.keep(sid=found.sid, plan=found.plan, is_rtp_symmetric=found.is_rtp_symmetric, now=now)
    trunk.keep_targets(
        (
            one.sid,
            {
                "name": one.name[:64],
                "uri": one.uri[:255],
                "priority": one.priority,
                "weight": one.weight,
                "is_on": one.is_on,
            },
        )
        for one in found.targets
    )
    trunk.keep_access([*found.credential_list_sids, *found.address_list_sids])
    for number in Number.objects.filter(phone_number_sid__in=found.number_sids).exclude(trunk=trunk):
        number.move_to(trunk.pk)
    for number in trunk.numbers.exclude(phone_number_sid__in=found.number_sids):
        number.move_to(None)
    return trunk


def read_lists(*, now: datetime) -> int:
    """Read the lists of credentials and addresses; how many there are. Raises UnableTo."""
    try:
        found = sip_access.lists()
    except CarrierError as error:
        raise unable(error) from error
    for one in found:
        entries = [(entry.sid, entry.value, entry.prefix) for entry in one.entries]
        SipAccessList.keep(sid=one.sid, name=one.name, are_credentials=one.are_credentials, entries=entries, now=now)
    SipAccessList.forget_others(one.sid for one in found)
    return len(found)


def read_domains(*, now: datetime) -> int:
    """Read the SIP domains; how many there are. Raises UnableTo."""
    try:
        found = sip_access.domains()
    except CarrierError as error:
        raise unable(error) from error
    for one in found:
        is_ours = urlsplit(one.voice_url)[:3] == urlsplit(twiml.public_url("/twilio/voice/"))[:3]
        SipDomain.keep(
            sid=one.sid,
            domain=one.domain,
            name=one.name,
            is_secure=one.is_secure,
            is_ours=is_ours,
            list_sids=one.list_sids,
            now=now,
        )
    SipDomain.forget_others(one.sid for one in found)
    return len(found)


def read_caller_ids(*, now: datetime) -> int:
    """Read the numbers of others that we may show; how many there are. Raises UnableTo."""
    try:
        found = caller_ids.listed()
    except CarrierError as error:
        raise unable(error) from error
    CallerId.keep([(one.e164, one.sid, one.name) for one in found], now=now)
    return len(found)
