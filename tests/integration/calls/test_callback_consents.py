"""A callback somebody asked for is their consent to it: to this call, on this number, as long as they do not take it
back, and at an hour that is right.
"""

from datetime import timedelta

import pytest

from calls.control import callback_consents, callback_work, callbacks, dialled
from calls.control.callback_work import UnableToChangeCallback
from calls.control.callbacks import Wish
from calls.models import Callback
from compliance import opt_out
from compliance.models import ConsentRecord, DialDecision
from compliance.verdict import SENTENCES, Code
from tests import calls_on_screen as screen
from tests import given
from tests.carrier_on_loopback import Carrier
from tests.given import NOON

pytestmark = pytest.mark.django_db(transaction=True)
# Noon in London is four in the morning where Carol's number is at home; this is late in her morning.
DAY = NOON + timedelta(hours=7)


def by_key() -> Callback:
    """Carol has pressed the key."""
    call = screen.a_live_call(now=NOON)
    made = callbacks.take_offer(call=call, key="1", now=NOON)
    assert made is not None
    return made


def by_words() -> Callback:
    """Carol has asked for it, and her words are written down."""
    call = screen.a_live_call(now=NOON)
    screen.a_talk(call)
    return callbacks.ask(call=call, wish=Wish("A refund"), now=NOON + timedelta(minutes=1))


def refused(callback: Callback, *, at: object = DAY) -> str:
    with pytest.raises(UnableToChangeCallback) as problem:
        callback_work.call_now(callback=callback, by="bob@example.com", now=at)
    return str(problem.value)


@pytest.mark.parametrize("asked", [by_key, by_words])
def test_what_proves_a_callback_is_a_consent_and_they_are_rung(carrier: Carrier, asked: object) -> None:
    made = asked()  # type: ignore[operator]
    consent = ConsentRecord.objects.get()
    assert (consent.number, consent.topic, consent.purposes) == (given.CAROL, f"callback:{made.pk}", ["informational"])
    assert consent.signature == made.evidence_text
    assert consent.problems(number=given.CAROL, seller=callback_consents.seller_of(made.call)) == ()
    callback_work.call_now(callback=made, by="bob@example.com", now=DAY)
    assert carrier.asked[-1][0].endswith("/Calls.json")
    assert DialDecision.objects.get().ruleset == "2026-11"


def test_when_the_answer_was_lost_the_line_belongs_to_the_call_that_was_placed(carrier: Carrier) -> None:
    made = by_key()
    carrier.manner = "loses"
    with pytest.raises(UnableToChangeCallback):
        callback_work.call_now(callback=made, by="bob@example.com", now=DAY)
    (lost,) = carrier.legs
    leg = dialled.recognise(to=given.CAROL, from_=made.call.our_address, leg_sid=lost["sid"], status="ringing", now=DAY)
    assert leg is not None
    assert leg.call != made.call, "the one in which they asked for it is over"
    assert leg.call.outgoing.callback == made


def test_they_are_not_rung_at_night(carrier: Carrier) -> None:
    made = by_key()
    assert SENTENCES[Code.QUIET_HOURS] in refused(made, at=NOON + timedelta(minutes=1))
    decision = DialDecision.objects.get()
    assert (decision.code, decision.until) == ("QUIET_HOURS", NOON + timedelta(hours=4))
    assert carrier.asked == []


def test_what_nobody_asked_for_is_no_consent(carrier: Carrier) -> None:
    call = screen.a_live_call(now=NOON)
    owed = screen.a_callback(screen.end(call, now=NOON), origin="fault", evidence_kind="none", consented_at=None)
    assert callback_consents.keep(owed, now=NOON) is None
    assert SENTENCES[Code.CONSENT_EXPRESS_REQUIRED] in refused(owed)
    assert carrier.asked == []


def test_a_consent_is_kept_once_however_often_the_same_is_said() -> None:
    made = by_words()
    callbacks.ask(call=made.call, wish=Wish("A refund, again"), now=NOON + timedelta(minutes=2))
    assert callback_consents.keep(made, now=NOON) is None
    assert ConsentRecord.objects.count() == 1


def test_it_covers_no_other_call(carrier: Carrier) -> None:
    by_key()
    other = screen.a_callback(screen.end(screen.a_live_call(now=NOON), now=NOON), evidence_kind="none")
    assert SENTENCES[Code.CONSENT_EXPRESS_REQUIRED] in refused(other)


def test_whoever_says_stop_is_not_called_back(carrier: Carrier) -> None:
    made = by_key()
    opt_out.revoke(number=given.CAROL, route="speech", said="stop calling me", by="system", now=DAY)
    said = refused(made, at=DAY + timedelta(minutes=1))
    assert SENTENCES[Code.CONSENT_REVOKED] in said
    assert SENTENCES[Code.INTERNAL_DNC] in said
    assert carrier.asked == []
