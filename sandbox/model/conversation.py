"""The conversation of a session: its items in order, and what clients may do to them."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sandbox.model.formats import Format
from sandbox.model.refusal import Refused


class Source(StrEnum):
    """Where an item comes from: spoken by the caller, put in by the client, or made by the model."""

    CALLER = "caller"
    CLIENT = "client"
    MODEL = "model"


@dataclass(slots=True)
class Item:
    """One entry of a conversation, or of a response that stands outside it.

    `content` holds the parts as the API shows them. Audio is kept beside them: its bytes in the session's format,
    and what was understood of it. `audio_ms` is what a truncation left of it. `at_ms` is when it came, on the sandbox
    clock.
    """

    id: str
    type: str
    status: str = "completed"
    role: str | None = None
    content: list[dict[str, Any]] = field(default_factory=list)
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    output: str | None = None
    audio: bytearray = field(default_factory=bytearray)
    audio_format: Format = Format.PCMU
    heard: str | None = None
    source: Source = Source.CLIENT
    at_ms: float = 0.0

    @property
    def audio_ms(self) -> int:
        """Length of the item's audio, rounded down."""
        return len(self.audio) // self.audio_format.bytes_per_ms

    @property
    def is_assistant_audio(self) -> bool:
        """Whether it is something the model spoke."""
        return self.role == "assistant" and any(part["type"] == "output_audio" for part in self.content)

    @property
    def transcript_is_known(self) -> bool:
        """Whether no truncation has taken the text away."""
        return not any(part["type"] == "output_audio" and part["transcript"] is None for part in self.content)

    def words(self) -> str:
        """What the item says, for whoever has to answer it: typed text, or what was heard."""
        texts = [part["text"] for part in self.content if part.get("text")]
        return " ".join(texts) or self.heard or ""

    def knowledge(self) -> str:
        """Everything the item tells: its words, and what a function was called with or answered."""
        return self.words() or self.transcript_text()

    def transcript_text(self) -> str:
        """All text of the item that counts as tokens."""
        parts = [part.get("text") or part.get("transcript") or "" for part in self.content]
        return " ".join([*parts, self.arguments or "", self.output or ""]).strip()

    def view(self) -> dict[str, Any]:
        """The item as it appears in events; only `conversation.item.retrieved` shows audio."""
        shown: dict[str, Any] = {"id": self.id, "object": "realtime.item", "type": self.type, "status": self.status}
        if self.type == "message":
            return shown | {"role": self.role, "content": [dict(part) for part in self.content]}
        if self.type == "function_call":
            return shown | {"call_id": self.call_id, "name": self.name, "arguments": self.arguments}
        return shown | {"call_id": self.call_id, "output": self.output}


class Conversation:
    """Items in order. Every refusal names the API's code for it."""

    def __init__(self, conversation_id: str) -> None:
        self.id = conversation_id
        self.items: list[Item] = []

    def add(self, item: Item, *, previous_item_id: str | None = None) -> str | None:
        """Insert after the given item ("root": at the front, None: at the end); returns the id now before it."""
        if any(other.id == item.id for other in self.items):
            message = f"An item with id '{item.id}' already exists in the conversation."
            raise Refused("item_create_duplicate_item_id", message, param="item.id")
        if item.type == "function_call_output":
            self._check_call_exists(item.call_id)
        place = self._place_after(previous_item_id)
        self.items.insert(place, item)
        return self.items[place - 1].id if place else None

    def find(self, item_id: str, *, verb: str) -> Item:
        """The item, or the refusal of this verb (retrieve, delete, truncate)."""
        for item in self.items:
            if item.id == item_id:
                return item
        message = f"Error with item {verb}: no item with id '{item_id}' is in the conversation."
        raise Refused(f"item_{verb}_invalid_item_id", message, param="item_id")

    def delete(self, item_id: str) -> None:
        """Take an item out."""
        self.items.remove(self.find(item_id, verb="delete"))

    def truncate(self, item_id: str, *, content_index: int, audio_end_ms: int) -> None:
        """Cut the model's spoken item to what was heard. Its transcript goes: nobody knows which words remain."""
        item = self.find(item_id, verb="truncate")
        if not item.is_assistant_audio:
            raise Refused("invalid_value", "Only model output audio messages can be truncated.", param="item_id")
        if content_index >= len(item.content) or item.content[content_index]["type"] != "output_audio":
            message = f"Content part {content_index} of item '{item_id}' has no audio."
            raise Refused("invalid_value", message, param="content_index")
        if audio_end_ms > item.audio_ms:
            message = f"Audio content of {item.audio_ms}ms is already shorter than {audio_end_ms}ms"
            raise Refused("invalid_value", message, param="audio_end_ms")
        del item.audio[audio_end_ms * item.audio_format.bytes_per_ms :]
        item.content[content_index] = {"type": "output_audio", "transcript": None}

    def _place_after(self, previous_item_id: str | None) -> int:
        if previous_item_id is None:
            return len(self.items)
        if previous_item_id == "root":
            return 0
        for place, item in enumerate(self.items):
            if item.id == previous_item_id:
                return place + 1
        message = f"No item with id '{previous_item_id}' is in the conversation."
        raise Refused("item_create_invalid_previous_item_id", message, param="previous_item_id")

    def _check_call_exists(self, call_id: str | None) -> None:
        if not any(item.type == "function_call" and item.call_id == call_id for item in self.items):
            message = f"Tool call ID '{call_id}' not found in conversation."
            raise Refused("invalid_tool_call_id", message, param="item.call_id")
