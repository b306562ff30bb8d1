"""The documents of callers who leave a message, or a wish to be called back, or who are not picked up.

Source: https://www.twilio.com/docs/voice/twiml/record, /gather, /reject, /transcription.
"""

from twilio.twiml.voice_response import Gather, Start, VoiceResponse

from calls.carrier.twiml import SAY_LIMIT, public_url

CLOSED_NOW = "We are closed at the moment. Please call again during our opening hours. Goodbye."
MESSAGE_TAKEN = "Thank you. Your message has been taken. Goodbye."
NO_MESSAGE = "We did not hear a message. Goodbye."
CALLBACK_TAKEN = "Thank you. We will call you back on the number you are calling from. Goodbye."
# A message may be this long, and a silence of so much ends it.
LONGEST_MESSAGE_S = 180
SILENCE_S = 5
# How long a caller may think about which key to press.
KEY_PATIENCE_S = 8


def reject(*, is_busy: bool) -> str:
    """Do not pick up: the busy tone, or that the number cannot be reached. Nothing may stand before it."""
    response = VoiceResponse()
    response.reject(reason="busy" if is_busy else "rejected")
    return str(response)


def take_message(*, greeting: str, language: str, name: str) -> str:
    """Say that a message is taken, write down its words while it is spoken, and record it after a tone.

    `name` names the writing down. A caller who says nothing comes to the last verb.
    """
    response = VoiceResponse()
    response.say(greeting[:SAY_LIMIT], language=language)
    start = Start()
    start.transcription(
        name=name,
        track="inbound_track",
        status_callback_url=public_url("/twilio/transcription/"),
        status_callback_method="POST",
        language_code=language,
        partial_results=False,
    )
    response.append(start)
    response.record(
        action=public_url("/twilio/voicemail/"),
        method="POST",
        timeout=SILENCE_S,
        max_length=LONGEST_MESSAGE_S,
        play_beep=True,
        trim="do-not-trim",
        recording_status_callback=public_url("/twilio/voicemail/recording/"),
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
    )
    response.redirect(public_url("/twilio/voicemail/"), method="POST")
    return str(response)


def offer_callback(*, words: str, language: str, otherwise: str) -> str:
    """Ask for a key: to be called back, to leave a message; whoever presses none goes on at `otherwise`, our path."""
    response = VoiceResponse()
    gather = Gather(
        input="dtmf",
        num_digits=1,
        timeout=KEY_PATIENCE_S,
        action=public_url("/twilio/callback/offer/"),
        method="POST",
    )
    gather.say(words[:SAY_LIMIT], language=language)
    response.append(gather)
    response.redirect(public_url(otherwise), method="POST")
    return str(response)
