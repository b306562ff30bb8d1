"""Celery tasks of webhooks that go out: thin, one call each; running one twice does no harm."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from calls.models import FactsDelivery
from contactcenter.outgoing import facts

_BATCH = 200


@shared_task
def send_facts(*, delivery_id: int, **_: Any) -> None:
    """Try one delivery, if it is due."""
    if (delivery := FactsDelivery.objects.filter(pk=delivery_id).first()) is not None:
        facts.send(delivery=delivery, now=timezone.now())


@shared_task
def send_all_facts(**_: Any) -> None:
    """Calls that are over have their facts sent, and what has not arrived is tried again."""
    now = timezone.now()
    FactsDelivery.begin_all(now=now, limit=_BATCH)
    for delivery_id in FactsDelivery.due_ids(now=now, limit=_BATCH):
        send_facts.delay(delivery_id=delivery_id)
