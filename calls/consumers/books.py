"""What a conversation leaves behind, on its way into the database: put into the journal, taken out in batches.

A record of a process that does not hold the call any more is not taken, unless it was put before the call was taken
over: what was said then was said.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from agents import floor
from calls import journal, metrics
from calls.models import Call, CallEvent, ResumeDocument, TranscriptTurn, UsageRecord
from calls.voice import effects as e
from calls.voice.messages import Party
from compliance.statements import together

KIND = "call record"
_LONGEST_TEXT = 20_000
_COUNTED = ("cut", "transcription_failed")
# Clocks of two machines may differ by this much.
_SKEW_S = 0.1
_RECORDS: dict[str, type[e.ToBooks]] = {kind.__name__: kind for kind in (e.TurnSpoken, e.Noted, e.Used, e.Remember)}


@dataclass(frozen=True, slots=True)
class Account:
    """Whose books an entry belongs in. `offset_ms` puts the stream's clock on the call's clock."""

    call_id: int
    epoch: int
    started_at: datetime
    offset_ms: int
    model: str
    transcription_model: str = ""

    def put(self, record: e.ToBooks) -> None:
        """Hand a record over; never waits. Call it from the event loop."""
        journal.put(KIND, account=_fields(self), type=type(record).__name__, record=_fields(record))


def _fields(item: Any) -> dict[str, Any]:
    """The fields of a dataclass as they are: it is not changed after it was put."""
    return {name: getattr(item, name) for name in item.__slots__}


@dataclass(frozen=True, slots=True)
class _Entry:
    account: Account
    record: Any


@journal.handles(KIND)
def keep(entries: list[journal.Entry]) -> None:
    """Write records of any number of calls, oldest first."""
    ids = {entry.data["account"]["call_id"] for entry in entries}
    known = Call.held(ids)
    holders = {pk: (epoch, fenced_at) for pk, epoch, fenced_at, _ in known}
    wordless = {pk for pk, *_, are_words_kept in known if not are_words_kept}
    taken = []
    for entry in entries:
        account = Account(**entry.data["account"])
        if account.call_id not in holders:
            continue  # erased meanwhile
        epoch, fenced_at = holders[account.call_id]
        if account.epoch < epoch and fenced_at is not None and entry.put_at > fenced_at.timestamp() + _SKEW_S:
            metrics.RECORDS_FENCED.inc()
            continue
        if account.call_id in wordless and entry.data["type"] == e.TurnSpoken.__name__:
            continue  # the caller does not want to be recorded, and words written down are a record
        taken.append(_Entry(account, _record(entry.data["type"], entry.data["record"])))
    _write(taken)


def _record(kind: str, values: dict[str, Any]) -> Any:
    if "party" in values:
        values = values | {"party": Party(values["party"])}
    return _RECORDS[kind](**values)


def _write(entries: list[_Entry]) -> None:
    turns: dict[tuple[int, str], TranscriptTurn] = {}
    events: list[CallEvent] = []
    usage: list[UsageRecord] = []
    documents: list[ResumeDocument] = []
    for entry in entries:
        account, record = entry.account, entry.record
        match record:
            case e.TurnSpoken():
                turns[account.call_id, record.item_id] = _turn(account, record)
            case e.Noted():
                events.append(_event(account, record))
            case e.Used():
                usage.append(_usage(account, record))
            case e.Remember(document):
                documents.append(
                    ResumeDocument(
                        call_id=account.call_id, document=document, epoch=account.epoch, written_at=timezone.now()
                    )
                )
    with together():
        CallEvent.keep_all(events)
        TranscriptTurn.keep_all(list(turns.values()))
        UsageRecord.keep_all(usage)
        ResumeDocument.keep_all(documents)
        _count(entries)
    for call_id in {entry.account.call_id for entry in entries if _is_seen(entry.record)}:
        floor.changed("transcript", call_id)


def _is_seen(record: Any) -> bool:
    """True for what changes a screen."""
    return type(record) is not e.Remember and not (type(record) is e.TurnSpoken and not record.is_final)


def _count(entries: list[_Entry]) -> None:
    noted = [(entry.record.kind, entry.account.call_id) for entry in entries if type(entry.record) is e.Noted]
    cuts, failures = (Counter(call_id for kind, call_id in noted if kind == wanted) for wanted in _COUNTED)
    if cuts or failures:
        Call.count_all(cuts=cuts, transcription_failures=failures)
        for call_id in cuts.keys() | failures.keys():
            floor.changed("call", call_id)


def _clean(text: str) -> str:
    """Text as the database takes it: no NUL, and no more than anybody says in one breath."""
    return text.replace("\x00", "")[:_LONGEST_TEXT]


def _turn(account: Account, spoken: e.TurnSpoken) -> TranscriptTurn:
    if spoken.response_ms is not None and spoken.is_final:
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
    is_models = noted.kind.startswith(("model", "response", "tool", "transcription"))
    return CallEvent(
        call_id=account.call_id,
        kind=noted.kind,
        at=account.started_at + timedelta(milliseconds=at_ms),
        at_ms=at_ms,
        source="model" if is_models else "carrier",
        data=noted.data,
    )


def _usage(account: Account, used: e.Used) -> UsageRecord:
    return UsageRecord.of(
        usage=used.usage,
        call_id=account.call_id,
        kind=used.kind,
        ref=used.ref[:80],
        model=account.transcription_model if used.kind == UsageRecord.Kind.TRANSCRIPTION else account.model,
        at=timezone.now(),
    )
