"""Celery tasks of receipts and privacy: thin, one call each; running one twice does no harm."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from compliance import receipts


@shared_task
def seal_receipts(**_: Any) -> None:
    """Chain the decisions that wait for it."""
    while receipts.seal(now=timezone.now()) == receipts.BATCH:
        pass
