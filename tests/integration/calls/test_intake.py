"""Who answers: stored before a word is spoken, and the same answer for the same request."""

from datetime import timedelta

import pytest

from agents import prompts
from agents.models import PromptVersion
from calls import intake
from calls.carrier import callbacks
from calls.lifecycle import EndedReason
from calls.models import Call, Leg, Recording, Stream
from calls.voice.transcoding import ModelAudio
from tests import given
from tests.given import NOON

pytestmark = pytest.mark.django_db


def receive(**fields: str) -> intake.Answer:
    return intake.receive(request=callbacks.voice_request(given.a_ring(**fields)), now=NOON)


def test_a_call_to_our_number_goes_to_its_assistant() -> None:
    number = given.a_number()
    answer = receive()
    assert isinstance(answer, intake.WithAssistant)
    call = Call.objects.get()
    assert (call.number, call.assistant, call.customer_e164) == (number, number.assistant, given.CAROL)
    assert call.prompt_version == number.assistant.published_version()
    assert call.verstat == "TN-Validation-Passed-A"
    assert list(call.events.values_list("kind", flat=True)) == ["call_received"]
    assert call.legs.get().status == "ringing"


def test_the_prompt_is_rendered_for_the_call() -> None:
    given.a_number(assistant=given.an_assistant(greeting="Welcome to {{business}}."))
    conversation = receive().conversation
    assert conversation.plan.greeting == "Welcome to Marlow Outdoor."
    assert conversation.settings.instructions == "You answer for Marlow Outdoor."
    assert [tool["name"] for tool in conversation.settings.tools] == ["end_call", "stop_recording"]


@pytest.mark.parametrize("kind", PromptVersion.ModelAudio.values)
def test_the_model_is_spoken_to_as_the_version_says(kind: str) -> None:
    given.a_number(assistant=given.an_assistant(model_audio=kind))
    assert receive().conversation.settings.model_audio == kind


def test_every_kind_of_sound_that_can_be_chosen_can_be_made() -> None:
    assert set(PromptVersion.ModelAudio.values) == set(ModelAudio)


def test_the_same_request_again_gets_the_same_answer_and_stores_nothing_more() -> None:
    given.a_number()
    form = given.a_ring()
    first, second = (intake.receive(request=callbacks.voice_request(form), now=NOON) for _ in range(2))
    assert (first.call.pk, first.nonce) == (second.call.pk, second.nonce)
    assert (Call.objects.count(), Leg.objects.count(), Recording.objects.count(), Stream.objects.count()) == (
        1,
        1,
        1,
        1,
    )


@pytest.mark.parametrize("to", ["+14155550199", "", "sip:alice@example.com", "client:bob"])
def test_a_number_that_is_not_ours_is_not_in_service(to: str) -> None:
    given.a_number()
    assert isinstance(receive(to=to), intake.NotInService)
    assert Call.objects.get().ended_reason == EndedReason.UNKNOWN_NUMBER


def test_a_number_that_is_switched_off_is_not_in_service() -> None:
    given.a_number(is_active=False)
    assert isinstance(receive(), intake.NotInService)


@pytest.mark.parametrize("why", ["inactive", "nothing published"])
def test_an_assistant_that_cannot_answer_is_said_so(why: str) -> None:
    assistant = given.a_number().assistant
    if why == "inactive":
        assistant.is_active = False
        assistant.save()
    else:
        assistant.published_version().retire()
    assert isinstance(receive(), intake.NobodyHere)
    assert Call.objects.get().ended_reason == EndedReason.NO_ASSISTANT


@pytest.mark.parametrize(
    "hidden", ["anonymous", "+266696687", "client:alice", "sip:a@b.example", "", "whatsapp:BR.48915"]
)
def test_a_caller_without_a_number_is_answered_all_the_same(hidden: str) -> None:
    given.a_number()
    assert isinstance(receive(from_=hidden), intake.WithAssistant)
    assert Call.objects.get().customer_e164 == ""


def test_a_call_keeps_the_prompt_version_it_began_with() -> None:
    assistant = given.a_number().assistant
    form = given.a_ring()
    intake.receive(request=callbacks.voice_request(form), now=NOON)
    newer = PromptVersion.draft(assistant=assistant, instructions="New.", greeting="New.", model="m", voice="v")
    prompts.publish(version=newer, by="ada", now=NOON)
    conversation = intake.conversation_by_id(Call.objects.get().pk)
    assert conversation.plan.greeting == "How can I help you?"


def test_a_number_that_is_not_recorded_has_no_recording() -> None:
    given.a_number(is_recorded=False)
    assert not receive().is_recorded
    assert not Recording.objects.exists()


def claim(answer: intake.WithAssistant, *, nonce: str = "", leg_sid: str = "", at: object = NOON) -> Stream | None:
    return Stream.claim(
        nonce=nonce or answer.nonce,
        leg_sid=leg_sid or answer.call.customer_leg().leg_sid,
        stream_sid=given.a_sid("MZ"),
        now=at,
    )


def test_a_ticket_opens_one_stream_once() -> None:
    given.a_number()
    answer = receive()
    assert intake.open_ticket(answer.ticket) == answer.nonce
    assert claim(answer) is not None
    assert claim(answer) is None


@pytest.mark.parametrize(
    "wrong", [{"nonce": "guessed"}, {"leg_sid": "CA" + "9" * 32}, {"at": NOON + timedelta(seconds=61)}]
)
def test_a_ticket_is_for_one_call_and_a_short_time(wrong: dict) -> None:
    given.a_number()
    answer = receive()
    assert claim(answer, **wrong) is None
    assert claim(answer) is not None


@pytest.mark.parametrize("ticket", ["", "x", "x:y:z", "eyJ0IjoxfQ:1abcDE:signature"])
def test_a_ticket_that_is_not_ours_opens_nothing(ticket: str) -> None:
    assert intake.open_ticket(ticket) == ""


def test_two_sockets_cannot_share_a_call() -> None:
    given.a_number()
    answer = receive()
    assert claim(answer) is not None
    second = Stream.issue(call=answer.call, nonce="second", now=NOON)
    assert claim(answer, nonce=second.nonce) is None
    Stream.close_all(call=answer.call, reason="left", now=NOON)
    assert claim(answer, nonce=second.nonce) is not None
