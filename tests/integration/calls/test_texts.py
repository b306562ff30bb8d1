"""Text messages: a stop counts in the same second, is confirmed once, and a start changes nothing."""

import re

import pytest
from django.test import Client

from compliance.models import Revocation, SuppressionEntry
from tests import given
from tests.given import CAROL, OURS, signed

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/twilio/message/"
CONFIRMED = "We have taken your number off our lists. You will get no more calls from us."


def send(body: str, *, from_: str = CAROL, sid: str = "", signature: str | None = None, **more: str) -> str:
    """What is sent back; empty when nothing is."""
    form = {"MessageSid": sid or given.a_sid("SM"), "From": from_, "To": OURS, "Body": body} | more
    given_signature = signed(PATH, form) if signature is None else signature
    response = Client().post(PATH, form, headers={"X-Twilio-Signature": given_signature})
    if response.status_code != 200:
        return str(response.status_code)
    found = re.search(r"<Message>(.*)</Message>", response.content.decode())
    return found[1] if found else ""


def listed(number: str = CAROL) -> list[str]:
    return [entry.source for entry in SuppressionEntry.in_force(number)]


def test_any_understood_word_is_a_stop_and_is_confirmed_once() -> None:
    given.a_number()
    words = ("STOP", "unsubscribe", "Cancel", "END", "quit", "Stop calling me!", "Optout", "REVOKE")
    for count, word in enumerate(words):
        sender = f"+1415555200{count}"
        assert send(word, from_=sender) == CONFIRMED, word
        kept = Revocation.objects.get(number=sender)
        assert (kept.scope, kept.route, kept.said, kept.seller) == ("all", "sms", word, "Marlow Outdoor")
        assert listed(sender) == ["sms"]
    assert send("stop", from_=sender) == "", "a second one is kept and not answered"
    assert Revocation.objects.filter(number=sender).count() == 2


def test_the_same_message_told_twice_is_kept_once_and_answered_alike() -> None:
    assert send("STOP", sid="SM1") == send("STOP", sid="SM1") == CONFIRMED
    assert Revocation.objects.count() == 1


def test_who_is_in_doubt_is_not_called_and_somebody_reads_it() -> None:
    assert send("stop, wait, go on") == CONFIRMED
    assert Revocation.objects.get().needs_review


def test_spanish_is_answered_in_spanish() -> None:
    assert send("No me llame más") == "Hemos quitado su número de nuestras listas. No recibirá más llamadas nuestras."


def test_a_start_is_no_consent_and_lifts_nothing() -> None:
    send("STOP")
    assert "cannot change whether we may call you" in send("START")
    assert listed() == ["sms"]


def test_other_texts_and_senders_without_a_number_are_not_answered_and_not_kept() -> None:
    for text in ("Is my tent ready?", "", "call me later", "HELP", "\x01\x02", "x" * 5000):
        assert send(text) == "", text
    for sender in ("72975", "MARLOW", "", "whatsapp:"):
        assert send("STOP", from_=sender) == "", sender
    assert Revocation.objects.count() == 0


def test_by_whatsapp_the_channel_is_kept_and_every_call_ends() -> None:
    assert send("stop", from_=f"whatsapp:{CAROL}", To=f"whatsapp:{OURS}") == CONFIRMED
    assert Revocation.objects.get().route == "whatsapp"
    assert listed() == ["whatsapp"]


def test_what_the_carrier_has_confirmed_itself_is_not_confirmed_again() -> None:
    assert send("STOP", OptOutType="STOP") == ""
    assert listed() == ["sms"]
    assert send("START", OptOutType="START") == ""


def test_only_the_carrier_may_send() -> None:
    assert send("STOP", signature="forged") == "403"
    assert send("STOP", MessageSid="") == "403", "and it must be about a message"
    assert Revocation.objects.count() == 0
