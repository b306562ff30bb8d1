"""What is older than it should be is deleted, kind after kind; what a hold is on, and what the law wants, stays."""

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from calls.carrier import rest
from calls.carrier.errors import CarrierError
from calls.models import Call, Recording
from compliance import receipts
from compliance.models import (
    AuditEntry,
    ConsentRecord,
    DialDecision,
    LegalHold,
    ReceiptEntry,
    RetentionRule,
    RetentionRun,
    Revocation,
    SuppressionEntry,
)
from contactcenter.privacy import retention, tasks
from tests import calls_on_screen as screen
from tests import given
from tests.receipts_given import a_consent, a_decision, a_dialled_decision, a_packet, a_stop

pytestmark = pytest.mark.django_db
YEARS_5 = timedelta(days=5 * 365 + 3)


class Carrier:
    """What the carrier has, and whether it does what it is told."""

    def __init__(self) -> None:
        self.deleted: list[str] = []
        self.is_away = False

    def delete(self, sid: str) -> None:
        if self.is_away:
            raise CarrierError("away", is_permanent=False)
        self.deleted.append(sid)


@pytest.fixture(autouse=True)
def carrier(monkeypatch: pytest.MonkeyPatch) -> Carrier:
    one = Carrier()
    monkeypatch.setattr(rest, "delete_recording", one.delete)
    monkeypatch.setattr(rest, "has_recording", lambda sid: sid not in one.deleted)
    return one


def cleared(*, later: timedelta = timedelta(0), is_dry: bool = False) -> dict[str, Any]:
    run = retention.run(is_dry=is_dry, by="system", now=timezone.now() + later)
    assert run.problem == ""
    return run.counts


def a_call(age: timedelta, *, from_: str = given.CAROL) -> Call:
    call = screen.a_past_call(now=timezone.now() - age, from_=from_)
    screen.a_tape(call, recording_sid=given.a_sid("RE"))
    Recording.objects.filter(call=call).update(removed_at=None)
    return call


def test_sound_goes_after_90_days_here_and_at_the_carrier_and_words_after_180(carrier: Carrier) -> None:
    young, middle, old = a_call(timedelta(days=89)), a_call(timedelta(days=91)), a_call(timedelta(days=181))
    tapes = [call.recordings.get() for call in (young, middle, old)]
    names = [tape.audio.name for tape in tapes]
    counts = cleared()
    assert counts["audio"] == {"due": 2, "held": 0, "deleted": 2}
    assert counts["transcript"] == {"due": 1, "held": 0, "deleted": 1}
    assert sorted(carrier.deleted) == sorted(tape.recording_sid for tape in tapes[1:])
    store = tapes[0].audio.storage
    assert [store.exists(name) for name in names] == [True, False, False]
    assert [call.turns.exists() for call in (young, middle, old)] == [True, True, False]
    middle.recordings.get().refresh_from_db()
    assert not middle.recordings.get().is_playable
    assert middle.recordings.get().removed_at is not None
    assert cleared()["audio"]["due"] == 0


def test_a_dry_run_only_counts(carrier: Carrier) -> None:
    a_call(timedelta(days=200))
    assert cleared(is_dry=True)["audio"] == {"due": 1, "held": 0, "deleted": 0}
    out = StringIO()
    call_command("retention", dry_run=True, stdout=out)
    assert "recordings, also at the carrier: kept 90 days; 1 due, 0 on hold" in out.getvalue()
    assert "our own do-not-call list: kept for ever" in out.getvalue()
    assert carrier.deleted == []
    assert not AuditEntry.objects.filter(act="clear_old_data").exists()


def test_a_carrier_that_is_away_is_asked_again_tomorrow(carrier: Carrier) -> None:
    call = a_call(timedelta(days=91))
    carrier.is_away = True
    assert cleared()["audio"] == {"due": 1, "held": 0, "deleted": 0}
    assert call.recordings.get().audio
    carrier.is_away = False
    assert cleared()["audio"]["deleted"] == 1


@pytest.mark.parametrize("of", ["number", "call"])
def test_what_a_hold_is_on_stays_until_it_is_lifted(of: str) -> None:
    call = a_call(timedelta(days=200))
    subject = given.CAROL if of == "number" else str(call.pk)
    hold = LegalHold.place(of=of, subject=subject, why="Jones v. Marlow", by="ada", now=timezone.now())
    other = a_call(timedelta(days=200), from_="+12125550150")
    counts = cleared()
    assert counts["audio"] == {"due": 1, "held": 1, "deleted": 1}
    assert call.turns.exists()
    assert not other.turns.exists()
    hold.lift(why="settled", by="ada", now=timezone.now())
    assert cleared()["audio"]["deleted"] == 1


def test_after_five_years_calls_consents_and_decisions_go_and_the_chain_says_so() -> None:
    call = a_call(timedelta(days=1))
    dialled = a_dialled_decision(call)
    others = [a_decision("+1800"), a_decision("+1900")]
    a_consent()
    a_stop()
    a_stop("+17035550199")
    receipts.seal_all(now=timezone.now())
    counts = cleared(later=YEARS_5)
    assert counts["call_detail"]["deleted"] == 1
    assert counts["consents"]["deleted"] == 1
    assert counts["decisions"]["deleted"] == 3
    assert not DialDecision.objects.exists()
    assert not ConsentRecord.objects.exists()
    assert [one.number for one in Revocation.objects.all()] == ["+17035550199"], "Virginia keeps them ten years"
    assert SuppressionEntry.objects.count() == 2
    assert ReceiptEntry.objects.get(kind="removed").body == {"decisions": [[dialled.pk, others[1].pk]]}
    assert list(receipts.Check()) == []
    cleared(later=YEARS_5 * 2)
    assert not Revocation.objects.exists()
    assert SuppressionEntry.objects.count() == 2


def test_a_decision_that_a_call_leans_on_stays_with_it() -> None:
    call = a_call(timedelta(days=1))
    a_dialled_decision(call)
    receipts.seal_all(now=timezone.now())
    LegalHold.place(of="call", subject=str(call.pk), why="x", by="ada", now=timezone.now())
    assert cleared(later=YEARS_5)["decisions"] == {"due": 1, "held": 0, "deleted": 0}
    assert DialDecision.objects.exists()
    assert list(receipts.Check()) == []


def test_packets_are_gone_after_a_week_and_that_there_was_one_is_known() -> None:
    packet = a_packet(a_decision())
    name = packet.file.name
    assert cleared(later=timedelta(days=8))["packets"]["deleted"] == 1
    packet.refresh_from_db()
    assert (packet.file.name, packet.sha256 != "") == ("", True)
    assert not packet.file.storage.exists(name)


def test_nobody_keeps_for_less_than_the_law_says() -> None:
    a_consent()
    RetentionRule.objects.filter(data_class="consents").update(days=1)
    cleared(later=timedelta(days=300))
    assert ConsentRecord.objects.exists()


def test_one_clears_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    tasks.clear_old_data()
    assert RetentionRun.objects.count() == 1
    at = timezone.now()
    RetentionRun.objects.create(started_at=at, heard_of_at=at, by_ref="system")
    tasks.clear_old_data()
    assert RetentionRun.objects.count() == 2


def test_one_kind_that_cannot_be_cleared_does_not_keep_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(before: datetime) -> Any:
        raise RuntimeError

    kinds = retention._KINDS
    monkeypatch.setitem(kinds, retention.DataClass.AUDIO, retention._Kind(broken, kinds["audio"].held, lambda *_: 0))
    a_call(timedelta(days=200))
    run = retention.run(is_dry=False, by="system", now=timezone.now())
    assert run.problem == "recordings, also at the carrier: RuntimeError. "
    assert run.counts["transcript"]["deleted"] == 1


def test_a_hold_that_cannot_be_read_holds_everything(settings: Any) -> None:
    LegalHold.place(of="number", subject=given.CAROL, why="Jones v. Marlow", by="ada", now=timezone.now())
    a_call(timedelta(days=200))
    settings.FIELD_KEYS = ["another"]
    run = retention.run(is_dry=False, by="system", now=timezone.now())
    assert "is on a number that is encrypted with a key that is not here" in run.problem
    assert run.counts == {}
