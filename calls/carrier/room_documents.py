"""The documents that put people into one room, and what they hear before they are in it.

A caller waits in the room itself: until a person joins, the carrier plays what our waiting address answers, again and
again. A person who is rung hears the brief and decides by a key; only then do they come into the room.

Source: https://www.twilio.com/docs/voice/twiml/conference, /gather.
"""

import json

from django.conf import settings
from twilio.twiml.voice_response import Dial, Enqueue, Gather, VoiceResponse

from calls.carrier.twiml import SAY_LIMIT, public_url

CONNECTING = "One moment, please. I am connecting you to a colleague."
NOBODY_FREE = "We are sorry, nobody can take your call at this moment. Please call again later. Goodbye."
CALLER_GONE = "The caller has hung up. Goodbye."
TAKEN_BACK = "The call has been taken by somebody else. Goodbye."
RECORDED = "This call may be recorded."
CHOICES = "Press 1 to take the call, or 2 to decline."
# What a room tells us of.
ROOM_EVENTS = ("start", "end", "join", "leave", "mute", "hold")
BRIEF_TWICE = 2
KEY_WAIT_S = 6


def room_of_caller(*, name: str, words: str, language: str, call_id: int) -> str:
    """Park the caller in the room, after a sentence."""
    response = VoiceResponse()
    if words:
        response.say(words[:SAY_LIMIT], language=language)
    dial = Dial(action=public_url("/twilio/voice/resume/"), method="POST")
    dial.conference(
        name,
        participant_label="customer",
        start_conference_on_enter=True,
        end_conference_on_exit=False,  # they may leave for a capture while the person waits in it
        beep="false",
        max_participants=20,
        wait_url=public_url(f"/twilio/wait/{call_id}/"),
        wait_method="POST",
        status_callback=public_url("/twilio/conference/"),
        status_callback_method="POST",
        status_callback_event=" ".join(ROOM_EVENTS),
    )
    response.append(dial)
    return str(response)


def room_of_person(*, name: str, label: str, ref: str, words: str = "") -> str:
    """Let a person who has taken the call into its room, after a sentence that only they hear."""
    response = VoiceResponse()
    if words:
        response.say(words[:SAY_LIMIT])
    dial = Dial(action=public_url(f"/twilio/offer/{ref}/after/"), method="POST")
    dial.conference(
        name,
        participant_label=label,
        start_conference_on_enter=True,
        end_conference_on_exit=False,
        beep="false",
        wait_url="",
        status_callback=public_url("/twilio/conference/"),
        status_callback_method="POST",
        status_callback_event=" ".join(ROOM_EVENTS),
    )
    response.append(dial)
    return str(response)


def brief(*, words: str, ref: str) -> str:
    """Tell a person who is calling and why, and let them decide by a key. Who does not decide is let go."""
    response = VoiceResponse()
    for _ in range(BRIEF_TWICE):
        gather = Gather(
            num_digits=1,
            timeout=KEY_WAIT_S,
            action=public_url(f"/twilio/offer/{ref}/key/"),
            method="POST",
        )
        gather.say(f"{words} {CHOICES}"[:SAY_LIMIT])
        response.append(gather)
    response.hangup()
    return str(response)


def line_of_workflow(
    *, workflow_sid: str, attributes: dict[str, str | int], words: str, language: str, call_id: int
) -> str:
    """Put the caller into the line of a workflow of TaskRouter, which knows whom to ring; we ring nobody by it.

    Source: https://www.twilio.com/docs/taskrouter/twiml-queue-calls.
    """
    response = VoiceResponse()
    if words:
        response.say(words[:SAY_LIMIT], language=language)
    line = Enqueue(
        None,
        workflow_sid=workflow_sid,
        action=public_url("/twilio/voice/resume/"),
        method="POST",
        wait_url=public_url(f"/twilio/wait/{call_id}/"),
        wait_url_method="POST",
    )
    line.task(json.dumps(attributes))
    response.append(line)
    return str(response)


def out_of_line() -> str:
    """Let a waiting caller out of the carrier's line: what follows is asked for."""
    response = VoiceResponse()
    response.leave()
    return str(response)


def waiting(*, words: str, language: str, music_url: str) -> str:
    """What a waiting caller hears until they are told something again: a sentence, then music."""
    response = VoiceResponse()
    if words:
        response.say(words[:SAY_LIMIT], language=language)
    response.play(music_url)
    return str(response)


def announcement(words: str) -> str:
    """A sentence for everybody in a room."""
    response = VoiceResponse()
    response.say(words[:SAY_LIMIT])
    return str(response)


def music_url(music_id: int | None, part: int) -> str:
    """Where the carrier fetches a stretch of a piece of music; that which ships with us has no number."""
    if music_id is None:
        return public_url(settings.STATIC_URL + "sounds/waiting.wav")
    return public_url(f"/twilio/music/{music_id}/{part}/")
