"""What whoever tests an installation hears on their own telephone.

Source: https://www.twilio.com/docs/voice/twiml/gather.
"""

from twilio.twiml.voice_response import Gather, VoiceResponse

from calls.carrier.twiml import public_url

SENTENCE = (
    "This is the sound check of your contact centre. If you hear this, calls go out, and what we answer is taken. "
    "Press 1 to say that you have heard it."
)
HEARD = "Thank you. It is written down. Goodbye."
NOT_HEARD = "No key came. Goodbye."


def sentence() -> str:
    """Say the sentence, and wait for a key."""
    response = VoiceResponse()
    action = public_url("/twilio/sound-check/key/")
    gather = Gather(input="dtmf", num_digits=1, timeout=8, action=action, method="POST", action_on_empty_result=True)
    gather.say(SENTENCE)
    response.append(gather)
    response.redirect(action, method="POST")  # should the carrier go on all the same
    return str(response)


def thanks(*, is_heard: bool) -> str:
    """Say what was understood, and end the call."""
    response = VoiceResponse()
    response.say(HEARD if is_heard else NOT_HEARD)
    response.hangup()
    return str(response)
