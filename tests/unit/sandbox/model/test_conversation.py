import pytest

from sandbox.model.conversation import Conversation, Item
from sandbox.model.refusal import Refused


def message(item_id, role="user", text="hello"):
    return Item(item_id, "message", role=role, content=[{"type": "input_text", "text": text}])


def spoken(item_id, ms):
    item = Item(item_id, "message", role="assistant", content=[{"type": "output_audio", "transcript": "Hello there."}])
    item.audio += b"\x55" * (ms * 8)
    return item


def order(conversation):
    return [item.id for item in conversation.items]


def test_items_go_to_the_end_the_front_or_after_another():
    conversation = Conversation("conv_1")
    assert conversation.add(message("a")) is None
    assert conversation.add(message("b")) == "a"
    assert conversation.add(message("c"), previous_item_id="a") == "a"
    assert conversation.add(message("d"), previous_item_id="root") is None
    assert order(conversation) == ["d", "a", "c", "b"]


def test_what_cannot_be_added():
    conversation = Conversation("conv_1")
    conversation.add(message("a"))
    for item, previous, code in (
        (message("a"), None, "item_create_duplicate_item_id"),
        (message("b"), "nowhere", "item_create_invalid_previous_item_id"),
        (Item("o", "function_call_output", call_id="call_1", output="{}"), None, "invalid_tool_call_id"),
    ):
        with pytest.raises(Refused) as refused:
            conversation.add(item, previous_item_id=previous)
        assert refused.value.code == code
    assert order(conversation) == ["a"]


def test_an_output_needs_its_call():
    conversation = Conversation("conv_1")
    conversation.add(Item("f", "function_call", call_id="call_1", name="end_call", arguments="{}"))
    assert conversation.add(Item("o", "function_call_output", call_id="call_1", output="{}")) == "f"


def test_delete():
    conversation = Conversation("conv_1")
    conversation.add(message("a"))
    conversation.delete("a")
    assert order(conversation) == []
    with pytest.raises(Refused) as refused:
        conversation.delete("a")
    assert (refused.value.code, refused.value.param) == ("item_delete_invalid_item_id", "item_id")


def test_truncating_shortens_the_audio_and_takes_the_words_away():
    conversation = Conversation("conv_1")
    conversation.add(spoken("s", 1000))
    conversation.truncate("s", content_index=0, audio_end_ms=1000)
    conversation.truncate("s", content_index=0, audio_end_ms=400)
    item = conversation.items[0]
    assert item.audio_ms == 400
    assert item.view()["content"] == [{"type": "output_audio", "transcript": None}]
    conversation.truncate("s", content_index=0, audio_end_ms=0)
    assert item.audio_ms == 0


@pytest.mark.parametrize(
    ("item_id", "content_index", "audio_end_ms", "code", "param"),
    [
        ("nobody", 0, 10, "item_truncate_invalid_item_id", "item_id"),
        ("typed", 0, 10, "invalid_value", "item_id"),
        ("caller", 0, 10, "invalid_value", "item_id"),
        ("s", 1, 10, "invalid_value", "content_index"),
        ("s", 0, 1001, "invalid_value", "audio_end_ms"),
    ],
)
def test_what_cannot_be_truncated(item_id, content_index, audio_end_ms, code, param):
    conversation = Conversation("conv_1")
    typed = Item("typed", "message", role="assistant", content=[{"type": "output_text", "text": "Hello."}])
    for item in (typed, message("caller"), spoken("s", 1000)):
        conversation.add(item)
    with pytest.raises(Refused) as refused:
        conversation.truncate(item_id, content_index=content_index, audio_end_ms=audio_end_ms)
    assert (refused.value.code, refused.value.param) == (code, param)
    assert conversation.items[2].audio_ms == 1000


def test_after_a_cut_only_what_is_left_can_be_cut():
    conversation = Conversation("conv_1")
    conversation.add(spoken("s", 1000))
    conversation.truncate("s", content_index=0, audio_end_ms=400)
    with pytest.raises(Refused, match="400ms is already shorter than 500ms"):
        conversation.truncate("s", content_index=0, audio_end_ms=500)


def test_views_show_what_belongs_to_the_type():
    assert message("a").view() == {
        "id": "a",
        "object": "realtime.item",
        "type": "message",
        "status": "completed",
        "role": "user",
        "content": [{"type": "input_text", "text": "hello"}],
    }
    call = Item("f", "function_call", call_id="call_1", name="end_call", arguments="{}")
    assert {"call_id", "name", "arguments"} <= set(call.view())
    assert "role" not in call.view()
