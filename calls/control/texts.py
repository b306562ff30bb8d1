"""Text messages: somebody who wants no more calls, and nothing else that we would act on.

One text confirms it, without a word that sells (47 CFR 64.1200(a)(12)). What else is written is not kept.
"""

from datetime import datetime

from django.conf import settings

from calls import metrics
from calls.carrier.texts import TextCallback
from calls.control import opting_out
from calls.models import Number
from compliance import opt_out, opt_out_words
from compliance.models import Revocation, SuppressionEntry
from compliance.opt_out_replies import Reply, reply
from compliance.opt_out_words import Wish

_START = frozenset({"start", "unstop"})


def received(*, text: TextCallback, now: datetime) -> str:
    """Take a message; the words that answer it, empty for none. The same message again: the same answer.

    Must not be called inside a transaction.
    """
    language = opt_out_words.language_of(text.body)
    found = opt_out_words.understood(text.body)
    if text.opt_out == "STOP" or found.wish in (Wish.STOP, Wish.UNSURE):
        metrics.TEXTS.labels("stop").inc()
        needs_review = found.needs_review or found.wish is Wish.UNSURE  # nobody can be asked by text
        is_first = _opt_out(text, needs_review=needs_review, now=now)
        is_answered = bool(text.opt_out)  # by the carrier: there is one confirming text, not two
        return "" if is_answered or not is_first else reply(Reply.CONFIRMED_TEXT, language=language)
    if text.body.strip(" .!").lower() in _START and not text.opt_out:
        metrics.TEXTS.labels("start").inc()
        return reply(Reply.START_TEXT, language=language)
    metrics.TEXTS.labels("other").inc()
    return ""


def _opt_out(text: TextCallback, *, needs_review: bool, now: datetime) -> bool:
    """True when this message is the one that has put the number on our list."""
    subject = f"message:{text.message_sid}"
    ours = Number.objects.select_related("assistant").filter(e164=text.our_number).first()
    try:
        done = opt_out.revoke(
            number=text.number,
            route=Revocation.Route.WHATSAPP if text.is_whatsapp else Revocation.Route.SMS,
            said=text.body,
            subject_ref=subject,
            seller="" if ours is None or ours.assistant is None else ours.assistant.business_name,
            needs_review=needs_review,
            region=settings.DEFAULT_REGION,
            by="sender",
            now=now,
        )
    except opt_out.UnableToRevoke:  # a short code, or a name: nobody we could call
        return False
    number = done.revocation.number
    opting_out.stop_ringing(number=number)
    return any(entry.subject_ref == subject for entry in SuppressionEntry.in_force(number))
