"""Templates: made at the carrier, submitted to WhatsApp, and followed until they are approved or rejected."""

from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from calls.carrier import whatsapp
from calls.carrier.errors import CarrierError
from calls.carrier.whatsapp import ApprovalFound
from calls.models import WhatsAppTemplate
from compliance import audit

# What is not decided is asked about again after this long; what is, is now and then: WhatsApp may change its mind.
_ASK_AGAIN, _LOOK_AGAIN = timedelta(minutes=10), timedelta(hours=24)
_OPEN = (WhatsAppTemplate.Approval.RECEIVED, WhatsAppTemplate.Approval.PENDING)
# What an installation begins with, by language.
STARTERS = {
    "en": (
        ("May we call you about your request?", "Allow call"),
        ("Do you want to talk to us? Call us here.", "Call us"),
    ),
    "pt_BR": (
        ("Podemos ligar para você sobre o seu pedido?", "Permitir ligação"),
        ("Quer falar com a gente? Ligue por aqui.", "Ligar"),
    ),
}
log = structlog.get_logger(__name__)


class UnableToSubmit(Exception):
    """It is not made or submitted; `str()` says why, for a person."""


def begin(language: str) -> list[WhatsAppTemplate]:
    """The two templates an installation begins with, in one language; those that are there stay."""
    words = STARTERS.get(language)
    if words is None:
        raise UnableToSubmit(f"There are no words in {language}; there are: {', '.join(STARTERS)}.")
    kinds = (
        (WhatsAppTemplate.Kind.PERMISSION, "call_permission"),
        (WhatsAppTemplate.Kind.CALL_BUTTON, "call_button"),
    )
    return [
        WhatsAppTemplate.objects.get_or_create(
            name=f"{name}_{language.lower()}",
            defaults={"kind": kind, "language": language, "body": body, "title": title},
        )[0]
        for (kind, name), (body, title) in zip(kinds, words, strict=True)
    ]


def make(*, template: WhatsAppTemplate, by: str, now: datetime) -> None:
    """Have the carrier know it; told again, it does. Raises UnableToSubmit or CarrierError."""
    if template.content_sid:
        return
    if not template.body.strip() or not template.title.strip():
        raise UnableToSubmit("A template needs words and a button.")
    sid = whatsapp.make_content(
        name=template.name,
        language=template.language,
        body=template.body,
        title=template.title,
        is_request=template.kind == WhatsAppTemplate.Kind.PERMISSION,
    )
    if not sid:
        raise UnableToSubmit("The carrier named no id for it. Look in its console before you try again.")
    template.learn(content_sid=sid[:34], created_at=now)
    audit.note(act="make_whatsapp_template", subject=f"template:{template.pk}", by=by, now=now, content=sid)


def submit(*, template: WhatsAppTemplate, by: str, now: datetime) -> None:
    """Ask WhatsApp to approve it. Raises UnableToSubmit or CarrierError."""
    make(template=template, by=by, now=now)
    if template.approval:
        raise UnableToSubmit(f"It was submitted already: {template.get_approval_display()}.")
    found = whatsapp.submit_content(template.content_sid, name=template.name, category=template.category)
    audit.note(act="submit_whatsapp_template", subject=f"template:{template.pk}", by=by, now=now)
    template.learn(submitted_at=now)
    _learn(template, found, now=now)


def look_up(template: WhatsAppTemplate, *, now: datetime) -> None:
    """Ask where it stands. Raises CarrierError."""
    if template.content_sid:
        _learn(template, whatsapp.find_approval(template.content_sid), now=now)


def follow(*, now: datetime) -> int:
    """Ask about every template of which there may be news; how many have changed."""
    due = Q(approval__in=_OPEN) & (Q(looked_up_at=None) | Q(looked_up_at__lt=now - _ASK_AGAIN))
    stale = ~Q(approval__in=[*_OPEN, ""]) & (Q(looked_up_at=None) | Q(looked_up_at__lt=now - _LOOK_AGAIN))
    changed = 0
    for template in WhatsAppTemplate.objects.filter(due | stale).exclude(content_sid="").order_by("pk")[:50]:
        before = template.approval
        try:
            look_up(template, now=now)
        except CarrierError as error:
            log.warning("template not looked up", template=template.pk, error=str(error))
            continue
        changed += template.approval != before
    return changed


def _learn(template: WhatsAppTemplate, found: ApprovalFound, *, now: datetime) -> None:
    status = found.status if found.status in WhatsAppTemplate.Approval.values else template.approval
    template.learn(approval=status, why_rejected=found.why_rejected[:500], looked_up_at=now)
