"""Setting up lines of text in the admin: what does not go together is refused in words that help."""

import pytest
from django.test import Client
from django.urls import reverse

from agents.models import Assistant, RelayLine
from tests import given

pytestmark = pytest.mark.django_db
LINE = {
    "language": "en-US",
    "tts_provider": "Google",
    "voice": "en-US-Journey-O",
    "transcription_provider": "Deepgram",
    "speech_model": "nova-3-general",
    "interruptible": "any",
    "greeting_interruptible": "any",
    "interrupt_sensitivity": "high",
    "input_during_speech": "any",
    "takes_keys": "on",
    "languages-TOTAL_FORMS": "0",
    "languages-INITIAL_FORMS": "0",
}
SPANISH = {
    "languages-TOTAL_FORMS": "1",
    "languages-0-code": "es-US",
    "languages-0-tts_provider": "Amazon",
    "languages-0-voice": "Lupe-Neural",
    "languages-0-transcription_provider": "Deepgram",
    "languages-0-speech_model": "nova-3-general",
}


@pytest.fixture
def client() -> Client:
    ada = given.a_person("ada", "admin")
    ada.is_staff = True
    ada.save()
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def assistant() -> Assistant:
    return given.a_number().assistant


def add(client: Client, assistant: Assistant, **changes: str) -> str:
    """What the page says when this is saved."""
    form = LINE | {"assistant": str(assistant.pk)} | changes
    response = client.post(reverse("admin:agents_relayline_add"), form, follow=True)
    return response.content.decode()


def test_a_line_with_a_language_is_saved(client: Client, assistant: Assistant) -> None:
    add(client, assistant, **SPANISH)
    line = RelayLine.objects.get()
    assert [language.code for language in line.languages.all()] == ["es-US"]
    assert line.takes_keys
    assert line.speech_timeout_ms is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"language": "multi"}, "Only ElevenLabs speaks whichever language comes"),
        ({"transcription_language": "multi", "speech_model": "flux"}, "Automatic detection needs the speech model"),
        ({"speech_timeout_ms": "100"}, "600 to 5000"),
        ({"voice": "Joanna"}, "is no voice of Google"),
        ({"takes_keys": "", "interruptible": "dtmf"}, "Keys are not taken on this line"),
        (SPANISH | {"languages-0-tts_provider": "ElevenLabs"}, "es-US: “Lupe-Neural” is no voice of ElevenLabs"),
    ],
)
def test_what_does_not_go_together_is_refused(
    client: Client, assistant: Assistant, changes: dict[str, str], words: str
) -> None:
    assert words in add(client, assistant, **changes)
    assert not RelayLine.objects.exists()


def test_the_door_opens_only_when_its_line_is_set_up(client: Client, assistant: Assistant) -> None:
    page = reverse("admin:agents_assistant_change", args=[assistant.pk])
    form = {
        "name": assistant.name,
        "slug": "front-desk",
        "department": str(assistant.department_id),
        "business_name": assistant.business_name,
        "is_active": "on",
        "door": "relay",
        "objective": "reception",
    }
    for inline in ("tool_grants", "facts", "key_bindings", "guardrails", "versions"):
        form |= {f"{inline}-TOTAL_FORMS": "0", f"{inline}-INITIAL_FORMS": "0"}
    assert "no ConversationRelay line yet" in client.post(page, form).content.decode()
    RelayLine.objects.create(assistant=assistant)
    assert client.post(page, form).status_code == 302
    assistant.refresh_from_db()
    assert assistant.door == Assistant.Door.RELAY
