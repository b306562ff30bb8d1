"""Setting a sender up for calls, switching it off, and what is to be said about it before it goes live."""

from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction

from agents.models import Agent
from calls.carrier import twiml, whatsapp
from calls.carrier.errors import CarrierError
from calls.carrier.whatsapp import SenderFound
from calls.golive.whatsapp_readiness import Finding, Seen, findings
from calls.models import Number, WhatsAppSender, WhatsAppTemplate
from compliance import audit
from compliance.models import WhatsAppRule
from compliance.whatsapp_terms import terms_on

NOT_FOUND = 20404


class UnableToSetUp(Exception):
    """It is not set up; `str()` says why, for a person."""


def at_carrier() -> list[SenderFound]:
    """Every sender of the account. Raises CarrierError."""
    return whatsapp.find_senders()


def set_up(*, number: Number, edge: str = "", by: str, now: datetime) -> WhatsAppSender:
    """Point the sender of this number at us: an application, its addresses, and the sender's own. Told again, the same.

    Raises UnableToSetUp or CarrierError.
    """
    found = next((one for one in whatsapp.find_senders() if one.e164 == number.e164), None)
    if found is None:
        raise UnableToSetUp(
            f"{number.e164} is no WhatsApp sender of this Twilio account. Whoever owns the Meta account registers it "
            "in Twilio's console, under Messaging, Senders."
        )
    known = WhatsAppSender.objects.filter(number=number).first()
    application = _application(known.application_sid if known is not None else "", number)
    now_there = whatsapp.set_application(found.sender_sid, application)
    with transaction.atomic():
        sender, _ = WhatsAppSender.objects.update_or_create(
            number=number,
            defaults={"sender_sid": found.sender_sid, "application_sid": application, "is_on": True}
            | ({"edge": edge} if edge else {}),
        )
        audit.note(act="set_up_whatsapp", subject=f"number:{number.pk}", by=by, now=now, application=application)
    _learn(sender, now_there, now=now)
    return sender


def _application(known: str, number: Number) -> str:
    """The application that announces calls to us: the one of before, pointed at us, or a new one."""
    if known:
        try:
            if whatsapp.application_differs(known):
                whatsapp.point_application(known)
        except CarrierError as error:
            if error.code != NOT_FOUND:
                raise
        else:
            return known
    return whatsapp.make_application(f"WhatsApp calls {number.label or number.pk}")


def switch_off(*, sender: WhatsAppSender, by: str, now: datetime) -> None:
    """No calls any more: here at once, and at the carrier as soon as it answers. Raises CarrierError.

    What is said first holds, whatever the carrier says then: a call that still comes in hears that nobody is here.
    """
    with transaction.atomic():
        sender.learn(is_on=False)
        audit.note(act="switch_off_whatsapp", subject=f"number:{sender.number_id}", by=by, now=now)
    _learn(sender, whatsapp.set_application(sender.sender_sid, ""), now=now)


def look_up(sender: WhatsAppSender, *, now: datetime) -> SenderFound | None:
    """Ask the carrier about a sender and keep what it says; None when it has none. Raises CarrierError."""
    try:
        found = whatsapp.find_sender(sender.sender_sid)
    except CarrierError as error:
        if error.code != NOT_FOUND:
            raise
        sender.learn(status="", looked_up_at=now)
        return None
    _learn(sender, found, now=now)
    return found


def _learn(sender: WhatsAppSender, found: SenderFound, *, now: datetime) -> None:
    sender.learn(
        status=found.status[:40],
        messaging_limit=found.messaging_limit[:40],
        quality=found.quality[:40],
        offline_reasons=list(found.offline_reasons),
        looked_up_at=now,
    )


def readiness(sender: WhatsAppSender, *, now: datetime) -> list[Finding]:
    """What is to be said about a sender before it goes live. Asks the carrier; raises CarrierError."""
    found = look_up(sender, now=now) or SenderFound(sender.sender_sid, sender.number.e164, "")
    differs: tuple[str, ...] | None = None
    if found.application_sid:
        try:
            differs = tuple(whatsapp.application_differs(found.application_sid))
        except CarrierError as error:
            if error.code != NOT_FOUND:
                raise
    terms = terms_on(now.astimezone(UTC).date(), WhatsAppRule.all_frozen())
    approved = WhatsAppTemplate.objects.filter(
        kind=WhatsAppTemplate.Kind.PERMISSION, approval=WhatsAppTemplate.Approval.APPROVED
    )
    return findings(
        Seen(
            e164=sender.number.e164,
            is_on=sender.is_on,
            country=sender.at_home,
            status=found.status,
            application_sid=found.application_sid,
            known_application_sid=sender.application_sid,
            application_differs=differs,
            callback_url=found.callback_url,
            wanted_callback=whatsapp.wanted_callback(),
            messaging_limit=found.messaging_limit,
            quality=found.quality,
            offline_reasons=found.offline_reasons,
            is_number_active=sender.number.is_active,
            has_seat=Agent.objects.filter(is_active=True).exclude(seat=Agent.Seat.PHONE).exists(),
            has_fallback=twiml.has_fallback(is_by_whatsapp=True),
            is_in_region=not settings.TWILIO_REGION,
            barred_senders=terms.barred_senders,
            barred_everywhere=terms.barred_everywhere,
            least_messaging_limit=terms.least_messaging_limit,
            approved=tuple(sorted(set(approved.values_list("language", flat=True)))),
        )
    )
