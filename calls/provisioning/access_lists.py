"""Lists of who may send calls, and the SIP domains where telephone systems call in. Passwords pass through, once."""

from datetime import datetime

from django.views.decorators.debug import sensitive_variables

from calls.carrier import sip_access, twiml
from calls.carrier import trunks as at_carrier
from calls.carrier.errors import CarrierError
from calls.line_rules import sip_access as rules
from calls.line_rules.trunk import SIP_DOMAIN, check_domain
from calls.models import Number, SipAccessEntry, SipAccessList, SipDomain, Trunk
from calls.provisioning import mirroring
from calls.provisioning.problems import UnableTo, unable
from compliance import audit

_LONGEST_NAME = 64


def _named(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME:
        raise UnableTo(f"Give it a name of at most {_LONGEST_NAME} characters.")
    return name


def make_list(*, name: str, are_credentials: bool, by: str, now: datetime) -> None:
    """An empty list. Raises UnableTo."""
    name = _named(name)
    if SipAccessList.objects.filter(name=name).exists():
        raise UnableTo("There is a list of this name already.")
    try:
        sid = sip_access.make_list(name, are_credentials=are_credentials)
    except CarrierError as error:
        raise unable(error) from error
    audit.note(act="make_sip_list", subject=f"sip_list:{sid}", by=by, now=now, name=name)
    mirroring.read_lists(now=now)


def drop_list(*, of: SipAccessList, by: str, now: datetime) -> None:
    """Take a list away. One that is used stays. Raises UnableTo."""
    users = [str(one) for one in (*of.trunks.all(), *of.domains.all())]
    if users:
        raise UnableTo(f"It is used by {', '.join(users)}. Take it off there first.")
    try:
        sip_access.drop_list(of.list_sid, are_credentials=of.are_credentials)
    except CarrierError as error:
        raise unable(error) from error
    audit.note(act="drop_sip_list", subject=f"sip_list:{of.list_sid}", by=by, now=now, name=of.name)
    mirroring.read_lists(now=now)


@sensitive_variables("password")
def set_credential(*, of: SipAccessList, user_name: str, password: str, by: str, now: datetime) -> None:
    """Put a user on a list, or give one who stands there another password. Raises UnableTo."""
    _has_room(of, are_credentials=True)
    user_name = user_name.strip()
    sentence = rules.check_user_name(user_name) or rules.check_password(password, user_name=user_name)
    if sentence:
        raise UnableTo(sentence)
    known = of.entries.filter(value=user_name).first()
    try:
        if known is None:
            sip_access.add_credential(of.list_sid, user_name=user_name, password=password)
        else:
            sip_access.change_password(of.list_sid, known.entry_sid, password=password)
    except CarrierError as error:
        raise unable(error) from None  # its traceback would go on from where the password is
    act = "add_sip_user" if known is None else "change_sip_password"
    audit.note(act=act, subject=f"sip_list:{of.list_sid}", by=by, now=now, user=user_name)
    mirroring.read_lists(now=now)


def add_network(*, of: SipAccessList, written: str, name: str, by: str, now: datetime) -> str:
    """Let an address or a network in; what to say of a wide one, or nothing. Raises UnableTo."""
    _has_room(of, are_credentials=False)
    try:
        address, prefix = rules.read_network(written)
    except ValueError as problem:
        raise UnableTo(str(problem)) from problem
    if of.entries.filter(value=address, prefix=prefix).exists():
        raise UnableTo("This address is on the list already.")
    try:
        sip_access.add_address(of.list_sid, name=name.strip()[:64] or address, address=address, prefix=prefix)
    except CarrierError as error:
        raise unable(error) from error
    audit.note(act="add_sip_address", subject=f"sip_list:{of.list_sid}", by=by, now=now, network=f"{address}/{prefix}")
    mirroring.read_lists(now=now)
    return rules.warning_of(prefix)


def _has_room(of: SipAccessList, *, are_credentials: bool) -> None:
    if of.are_credentials is not are_credentials:
        raise UnableTo("This list holds something else.")
    if of.entries.count() >= rules.MOST_ENTRIES:
        raise UnableTo(f"A list holds {rules.MOST_ENTRIES} lines at most.")


def drop_entry(*, entry: SipAccessEntry, by: str, now: datetime) -> None:
    """Take a line off a list. Raises UnableTo."""
    of = entry.of
    try:
        sip_access.drop_entry(of.list_sid, entry.entry_sid, are_credentials=of.are_credentials)
    except CarrierError as error:
        raise unable(error) from error
    audit.note(act="drop_sip_entry", subject=f"sip_list:{of.list_sid}", by=by, now=now, entry=str(entry))
    mirroring.read_lists(now=now)


def let_in(*, of: SipAccessList, at: Trunk | SipDomain, is_let_in: bool, by: str, now: datetime) -> None:
    """Let whoever stands on a list send calls through a trunk or to a domain, or not any more. Raises UnableTo."""
    try:
        if isinstance(at, Trunk):
            change_trunk = at_carrier.let_in if is_let_in else at_carrier.shut_out
            change_trunk(at.trunk_sid, of.list_sid, are_credentials=of.are_credentials)
        else:
            change_domain = sip_access.let_in if is_let_in else sip_access.shut_out
            change_domain(at.domain_sid, of.list_sid, are_credentials=of.are_credentials)
    except CarrierError as error:
        raise unable(error) from error
    subject = f"trunk:{at.trunk_sid}" if isinstance(at, Trunk) else f"sip_domain:{at.domain_sid}"
    audit.note(act="let_in" if is_let_in else "shut_out", subject=subject, by=by, now=now, name=of.name)
    if isinstance(at, Trunk):
        mirroring.read_trunk(at.trunk_sid, now=now)
    else:
        mirroring.read_domains(now=now)


# --- SIP domains ----------------------------------------------------------------------------------------------------


def make_domain(*, domain: str, name: str, is_secure: bool, number: Number | None, by: str, now: datetime) -> None:
    """Where a telephone system calls in; its calls come to our intake. Raises UnableTo."""
    domain = domain.strip().lower()
    if sentence := check_domain(domain, SIP_DOMAIN):
        raise UnableTo(sentence)
    try:
        sid = sip_access.make_domain(
            domain,
            name=_named(name or domain),
            is_secure=is_secure,
            voice_url=twiml.public_url("/twilio/voice/"),
            fallback_url=twiml.public_url("/twilio/voice/fallback/"),
            status_url=twiml.public_url("/twilio/status/"),
        )
    except CarrierError as error:
        raise unable(error) from error
    audit.note(act="make_sip_domain", subject=f"sip_domain:{sid}", by=by, now=now, domain=domain)
    mirroring.read_domains(now=now)
    if number is not None:
        answer_as(domain=SipDomain.objects.get(domain_sid=sid), number=number, by=by, now=now)


def answer_as(*, domain: SipDomain, number: Number | None, by: str, now: datetime) -> None:
    """Say by whose rules the calls of a domain are answered that name no number of ours."""
    domain.answer_as(None if number is None else number.pk)
    audit.note(
        act="answer_sip_domain",
        subject=f"sip_domain:{domain.domain_sid}",
        by=by,
        now=now,
        number="" if number is None else number.e164,
    )


def drop_domain(*, domain: SipDomain, by: str, now: datetime) -> None:
    """Take a SIP domain away. Raises UnableTo."""
    try:
        sip_access.drop_domain(domain.domain_sid)
    except CarrierError as error:
        raise unable(error) from error
    audit.note(act="drop_sip_domain", subject=f"sip_domain:{domain.domain_sid}", by=by, now=now, domain=domain.domain)
    domain.forget()
