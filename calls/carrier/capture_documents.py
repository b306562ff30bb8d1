"""The documents in which a caller keys something in that only the carrier and its payment provider may know.

While one of them runs the call is on no stream of ours. Whatever comes of it is brought to the capture's own address;
the verb after it leads to the address that answers by the call's state, so nobody is left in silence.

Source: https://www.twilio.com/docs/voice/twiml/gather, /pay.
"""

from dataclasses import dataclass

from twilio.twiml.voice_response import Gather, Pay, VoiceResponse

from calls.carrier.twiml import SAY_LIMIT, public_url

_PAY_TIMEOUT_S = 8
_PAY_TRIES = 3
ONE_MOMENT = "One moment, please."
_AGAIN = {
    "wrong": "That was not right.",
    "too_few": "That was not enough.",
    "silent": "I did not get that.",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for; `again` is what came of the try before."""

    ref: str
    attempt: int
    language: str
    again: str = ""


def digits(asked: Asked, *, words: str, most: int, timeout_s: int) -> str:
    """Have the caller key in a secret; a star calls it off."""
    response = VoiceResponse()
    gather = Gather(
        input="dtmf",
        action=_action(asked),
        method="POST",
        timeout=timeout_s,
        num_digits=most,
        finish_on_key="#",
        action_on_empty_result=True,
    )
    sentence = f"{_AGAIN.get(asked.again, '')} {words}".strip()
    gather.say(sentence[:SAY_LIMIT], language=asked.language)
    response.append(gather)
    return _ended(response)


def card(
    asked: Asked,
    *,
    connector: str,
    charge: str,
    currency: str,
    description: str,
    token_type: str,
    asks_security_code: bool,
    asks_postal_code: bool,
) -> str:
    """Have the provider take a card; `charge` empty: it is only kept there, and a token comes back."""
    response = VoiceResponse()
    money = {"charge_amount": charge, "currency": currency} if charge else {"token_type": token_type}
    response.append(
        Pay(
            payment_connector=connector,
            action=_action(asked),
            method="POST",
            input="dtmf",
            payment_method="credit-card",
            timeout=_PAY_TIMEOUT_S,
            max_attempts=_PAY_TRIES,
            security_code=asks_security_code,
            postal_code="true" if asks_postal_code else "false",
            description=description or None,
            language=asked.language if "-" in asked.language else None,  # provider's prompts know no bare languages
            **money,
        )
    )
    return _ended(response)


def go_on(words: str = "") -> str:
    """Have the carrier ask what follows."""
    response = VoiceResponse()
    if words:
        response.say(words[:SAY_LIMIT])
    return _ended(response)


def _action(asked: Asked) -> str:
    return public_url(f"/twilio/capture/{asked.ref}/{asked.attempt}/")


def _ended(response: VoiceResponse) -> str:
    response.redirect(public_url("/twilio/voice/resume/"), method="POST")
    return str(response)
