"""Celery tasks of receipts and privacy: thin, one call each; running one twice does no harm."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from compliance import receipts
from compliance.models import DisputePacket, Erasure
from contactcenter.privacy import erasing, packets, retention


@shared_task
def seal_receipts(**_: Any) -> None:
    """Chain the decisions that wait for it."""
    while receipts.seal(now=timezone.now()) == receipts.BATCH:
        pass


@shared_task(time_limit=3600, soft_time_limit=3500)
def make_packet(*, packet_id: int, **_: Any) -> None:
    """Put one packet together."""
    if (packet := DisputePacket.objects.filter(pk=packet_id).first()) is not None:
        packets.make(packet=packet, now=timezone.now())


@shared_task
def make_packets(**_: Any) -> None:
    """Put together what waits, or what was left by a worker that died."""
    for packet_id in DisputePacket.due_ids(now=timezone.now()):
        make_packet.delay(packet_id=packet_id)


@shared_task(time_limit=6 * 3600, soft_time_limit=6 * 3600 - 60)
def clear_old_data(**_: Any) -> None:
    """Delete what is older than it should be."""
    now = timezone.now()
    if not retention.is_under_way(now=now):
        retention.run(is_dry=False, by="system", now=now)


@shared_task(time_limit=3600, soft_time_limit=3500)
def erase(*, erasure_id: int, **_: Any) -> None:
    """Go on with one erasure."""
    if (erasure := Erasure.objects.filter(pk=erasure_id).first()) is not None:
        erasing.go_on(erasure=erasure, now=timezone.now())


@shared_task
def erase_all(**_: Any) -> None:
    """Go on with erasures that wait, or were left by a worker that died."""
    for erasure_id in Erasure.due_ids(now=timezone.now()):
        erase.delay(erasure_id=erasure_id)
