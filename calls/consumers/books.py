"""From the conversation to the database: one queue and one writer per process, off the audio path.

Records of all calls are written in batches by one thread. A database that is away makes the writer wait and try again,
in order, while the calls go on; a record that the database refuses is dropped alone, counted and logged.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, transaction
from django.utils import timezone

from agents import floor
from calls import metrics
from calls.models import Call, CallEvent, TranscriptTurn, UsageRecord
from calls.voice import effects as e

_LONGEST_QUEUE = 50_000
_BATCH = 500
_LONGEST_WAIT_S = 5.0
_LONGEST_TEXT = 20_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """Whose books an entry belongs in. `offset_ms` puts the stream's clock on the call's clock."""

    call_id: int
    started_at: datetime
    offset_ms: int
    model: str


@dataclass(frozen=True, slots=True)
class _Entry:
    account: Account
    record: e.ToBooks


class Books:
    """The writer of one event loop."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[_Entry] = asyncio.Queue(_LONGEST_QUEUE)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="books")
        self._task: asyncio.Task[None] | None = None

    def put(self, account: Account, record: e.ToBooks) -> None:
        """Hand over a record; never waits."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._write_all(), name="books")
        try:
            self._queue.put_nowait(_Entry(account, record))
        except asyncio.QueueFull:
            log.error("record lost, the books' queue is full", call=account.call_id, kind=type(record).__name__)
        metrics.WRITER_DEPTH.set(self._queue.qsize())

    async def settled(self) -> None:
        """Wait until everything handed over so far is written."""
        await self._queue.join()

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            batch = [await self._queue.get()]
            while len(batch) < _BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            wait_s = 0.1
            while not await loop.run_in_executor(self._thread, _write, batch):
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
            for _ in batch:
                self._queue.task_done()
            metrics.WRITER_DEPTH.set(self._queue.qsize())


def _write(batch: list[_Entry]) -> bool:
    """Write a batch; False when the database is away and the batch must be tried again."""
    close_old_connections()
    try:
        with transaction.atomic():
            _keep(batch)
    except (OperationalError, InterfaceError) as error:
        log.warning("books wait for the database", entries=len(batch), error=type(error).__name__)
        return False
    except DatabaseError:
        if len(batch) == 1:
            entry = batch[0]
            log.exception("record refused", call=entry.account.call_id, kind=type(entry.record).__name__)
            return True
        written = [_write([entry]) for entry in batch]  # one by one: only the bad one is dropped
        return all(written)
    finally:
        close_old_connections()
    return True


def _keep(batch: list[_Entry]) -> None:
    turns: dict[tuple[int, str], TranscriptTurn] = {}
    events: list[CallEvent] = []
    usage: list[UsageRecord] = []
    for entry in batch:
        account, record = entry.account, entry.record
        match record:
            case e.TurnSpoken():
                turns[account.call_id, record.item_id] = _turn(account, record)
            case e.Noted():
                events.append(_event(account, record))
            case e.Used():
                usage.append(
                    UsageRecord.of(
                        usage=record.usage,
                        call_id=account.call_id,
                        kind=record.kind,
                        ref=record.ref[:80],
                        model=account.model,
                        at=timezone.now(),
                    )
                )
    CallEvent.objects.bulk_create(events, ignore_conflicts=True)
    TranscriptTurn.keep_all(list(turns.values()))
    UsageRecord.keep_all(usage)
    _count(batch)
    for call_id in {entry.account.call_id for entry in batch}:
        floor.changed("transcript", call_id)


def _count(batch: list[_Entry]) -> None:
    for call_id in {entry.account.call_id for entry in batch}:
        records = [entry.record for entry in batch if entry.account.call_id == call_id]
        cuts = sum(isinstance(r, e.Noted) and r.kind == "cut" for r in records)
        failures = sum(isinstance(r, e.Noted) and r.kind == "transcription_failed" for r in records)
        if cuts or failures:
            Call(pk=call_id).count(cuts=cuts, transcription_failures=failures)


def _clean(text: str) -> str:
    """Text as the database takes it: no NUL, and no more than anybody says in one breath."""
    return text.replace("\x00", "")[:_LONGEST_TEXT]


def _turn(account: Account, spoken: e.TurnSpoken) -> TranscriptTurn:
    if spoken.response_ms is not None:
        metrics.RESPONSE_MS.observe(spoken.response_ms)
    return TranscriptTurn(
        call_id=account.call_id,
        item_id=spoken.item_id[:80],
        party=spoken.party.value,
        started_ms=account.offset_ms + spoken.started_ms,
        ended_ms=None if spoken.ended_ms is None else account.offset_ms + spoken.ended_ms,
        text=_clean(spoken.text),
        unheard=_clean(spoken.unheard),
        is_cut=spoken.is_cut,
        is_final=spoken.is_final,
        response_ms=spoken.response_ms,
        transcription_failed=spoken.transcription_failed,
    )


def _event(account: Account, noted: e.Noted) -> CallEvent:
    at_ms = account.offset_ms + noted.at_ms
    return CallEvent(
        call_id=account.call_id,
        kind=noted.kind,
        at=account.started_at + timedelta(milliseconds=at_ms),
        at_ms=at_ms,
        source="model" if noted.kind.startswith(("model", "response", "tool", "transcription")) else "carrier",
        data=noted.data,
    )


books = Books()
