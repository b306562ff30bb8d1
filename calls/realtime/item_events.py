"""Orders about items of the conversation as the model's client events."""

from typing import Any

from calls.voice import effects

ItemOrder = (
    effects.AddMessage
    | effects.AddToolCall
    | effects.AnswerTool
    | effects.DeleteItem
    | effects.RetrieveItem
    | effects.Truncate
)


def item_event(effect: ItemOrder) -> dict[str, Any]:
    """The client event of an order about an item."""
    match effect:
        case effects.AddMessage():
            return _message(effect)
        case effects.AddToolCall(call_id, name, arguments):
            item = {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}
            return {"type": "conversation.item.create", "item": item}
        case effects.AnswerTool(call_id, output):
            item = {"type": "function_call_output", "call_id": call_id, "output": output}
            return {"type": "conversation.item.create", "item": item}
        case effects.DeleteItem(item_id):
            return {"type": "conversation.item.delete", "item_id": item_id}
        case effects.RetrieveItem(item_id):
            return {"type": "conversation.item.retrieve", "item_id": item_id}
        case effects.Truncate(item_id, audio_end_ms):
            return {
                "type": "conversation.item.truncate",
                "item_id": item_id,
                "content_index": 0,
                "audio_end_ms": audio_end_ms,
            }


def _message(message: effects.AddMessage) -> dict[str, Any]:
    kind = "output_text" if message.role == "assistant" else "input_text"
    item: dict[str, Any] = {"type": "message", "role": message.role}
    if message.item_id:
        item["id"] = message.item_id
    item["content"] = [{"type": kind, "text": message.text}]
    place = {"previous_item_id": message.after} if message.after else {}
    return {"type": "conversation.item.create", **place, "item": item}
