"""Which attributes of `<ConversationRelay>` go together.

https://www.twilio.com/docs/voice/twiml/connect/conversationrelay: a value or a combination that cannot work ends the
session with an error once the socket is open (64101).
"""

from collections.abc import Sequence

from sandbox.carrier.relay_attributes import DEEPGRAM, NOVA, RELAY
from sandbox.carrier.twiml import Element


def problem_with(noun: Element) -> str:
    """Why the real carrier would end the session at once; empty when it would not."""
    for name, value in noun.attributes.items():
        if not RELAY[name](value):
            return f"Invalid value for {name}"
    language = noun.get("language", "en-US")
    problem = _combination(noun, noun.get("transcriptionLanguage", language), noun.get("ttsLanguage", language))
    for child in _languages(noun.children):
        problem = problem or _combination(child, child.get("code"), child.get("code"))
    return problem


def _languages(children: Sequence[Element]) -> list[Element]:
    return [child for child in children if child.name == "Language"]


def _combination(element: Element, heard: str, spoken: str) -> str:
    provider, model = element.get("transcriptionProvider", "Deepgram"), element.get("speechModel", "nova-3-general")
    if provider == "Deepgram" and model not in DEEPGRAM:
        return f"speechModel {model} is not one of Deepgram"
    if provider == "Google" and model in DEEPGRAM and element.get("speechModel"):
        return f"speechModel {model} is not one of Google"
    if heard == "multi" and (provider != "Deepgram" or model not in NOVA):
        return "transcriptionLanguage multi needs Deepgram with a nova general model"
    if spoken == "multi" and element.get("ttsProvider", "ElevenLabs") != "ElevenLabs":
        return "ttsLanguage multi needs ElevenLabs"
    return ""
