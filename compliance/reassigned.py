"""Which numbers to ask the Reassigned Numbers Database about (47 CFR 64.1200(m))."""

from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.db.models.functions import TruncDate

from compliance.models import ConsentRecord, ReassignedAnswer

# A disconnected number rests as long before anybody else has it (47 CFR 52.15(f)): a younger consent needs no question.
CONSENT_NEEDS_NONE = timedelta(days=45)
ANSWER_GOOD_FOR = timedelta(days=31)


def to_ask(contacts: QuerySet, *, now: datetime) -> QuerySet:
    """Of rows that have a `number`, as E.164, those that rest on an older consent and have no fresh answer.

    Values of `number` and `asked_date`, the day of the newest consent: the date to ask about.
    """
    fresh = ReassignedAnswer.objects.filter(number=OuterRef("number"), answered_at__gte=now - ANSWER_GOOD_FOR)
    newest = ConsentRecord.objects.filter(number__in=contacts.values("number"), captured_at__isnull=False)
    dated = newest.values("number").annotate(captured=Max("captured_at")).filter(captured__lt=now - CONSENT_NEEDS_NONE)
    return dated.filter(~Exists(fresh)).annotate(asked_date=TruncDate("captured")).order_by("number")
