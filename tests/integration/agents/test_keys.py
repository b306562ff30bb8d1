"""Secrets and bound keys of an assistant: as the model is told of them, and as people set them up."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from agents import prompts
from agents.models import KeyBinding, SecureField, ToolGrant
from agents.tool_specs import TOOLS
from tests import given

pytestmark = pytest.mark.django_db


def an_assistant():
    assistant = given.an_assistant()
    for tool in TOOLS:
        ToolGrant.objects.get_or_create(assistant=assistant, tool=tool)
    return assistant


def test_the_model_is_told_what_may_be_keyed_in_by_name() -> None:
    assistant = an_assistant()
    SecureField.objects.create(assistant=assistant, name="pin", label="your PIN", kind="secret")
    SecureField.objects.create(assistant=assistant, name="old", label="x", kind="secret", is_active=False)
    (declared,) = [tool for tool in prompts.live(assistant).tools if tool["name"] == "secure_capture"]
    kind = declared["parameters"]["properties"]["kind"]
    assert kind["enum"] == ["pin"]
    assert "your PIN" in kind["description"]
    assert "enum" not in TOOLS["secure_capture"].parameters["properties"]["kind"], "another assistant's are not these"


def test_an_assistant_without_secrets_has_no_tool_for_them() -> None:
    assert "secure_capture" not in [tool["name"] for tool in prompts.live(an_assistant()).tools]


def test_what_the_session_does_itself_is_named_to_it() -> None:
    assistant = an_assistant()
    KeyBinding.objects.create(assistant=assistant, key="9", tool="stop_recording")
    live = prompts.live(assistant)
    assert live.line_tools == {"collect_digits", "send_digits", "secure_capture"}
    assert live.bound_keys == {"9": ("stop_recording", "{}")}


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [("no_such", {}), ("send_digits", {"digits": "1"}), ("end_call", {"why": "x"}), ("end_call", ["reason"])],
)
def test_a_key_is_bound_to_what_it_can_do(tool: str, arguments) -> None:
    with pytest.raises(ValidationError):
        KeyBinding(assistant=an_assistant(), key="0", tool=tool, arguments=arguments).full_clean()


def test_digits_are_in_order_and_a_common_secret_is_set() -> None:
    assistant = an_assistant()
    field = SecureField(assistant=assistant, name="pin", label="PIN", kind="secret", min_digits=6, max_digits=4)
    with pytest.raises(ValidationError, match="less than the least"):
        field.full_clean()
    field.max_digits, field.check_by = 6, SecureField.Check.HASH
    with pytest.raises(ValidationError, match="Set the digits"):
        field.full_clean()
    field.set_secret("123456")
    field.full_clean()
    assert field.is_secret("123456")
    assert not field.is_secret("123457")
    assert not SecureField(secret_hash="").is_secret("")


def test_the_admin_takes_the_right_digits_and_never_shows_them() -> None:
    assistant = an_assistant()
    client = Client()
    client.force_login(given.a_person("ada", "admin"))
    _make_staff()
    form = {
        "assistant": str(assistant.pk),
        "name": "pin",
        "label": "your PIN",
        "kind": "secret",
        "is_active": "on",
        "currency": "usd",
        "most_micros": "500000000",
        "token_type": "one-time",
        "min_digits": "6",
        "max_digits": "6",
        "check_by": "hash",
        "right_digits": "271828",
        "timeout_s": "5",
        "tries": "3",
    }
    response = client.post(reverse("admin:agents_securefield_add"), form)
    assert response.status_code == 302, response.content.decode()
    field = SecureField.objects.get()
    assert field.is_secret("271828")
    page = client.get(reverse("admin:agents_securefield_change", args=[field.pk])).content.decode()
    assert "271828" not in page
    assert field.secret_hash not in page
    client.post(reverse("admin:agents_securefield_change", args=[field.pk]), form | {"right_digits": "", "label": "P"})
    field.refresh_from_db()
    assert (field.label, field.is_secret("271828")) == ("P", True)


def _make_staff() -> None:
    from django.contrib.auth.models import User

    User.objects.update(is_staff=True)


def test_arguments_of_a_bound_key_reach_the_session_as_json() -> None:
    assistant = an_assistant()
    KeyBinding.objects.create(assistant=assistant, key="0", tool="transfer", arguments={"reason": "key 0"})
    tool, arguments = prompts.live(assistant).bound_keys["0"]
    assert (tool, json.loads(arguments)) == ("transfer", {"reason": "key 0"})
