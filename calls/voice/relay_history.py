"""The conversation as the model is told it anew with every question: it keeps nothing between two of them."""

from dataclasses import replace

from calls.voice import effects as e
from calls.voice.memory import Memory
from calls.voice.relay_messages import HistoryItem

# More items than this are not sent: the older ones go in brief, as the call's memory has them.
MOST_ITEMS = 80


class History:
    """Items in order; what was said of an answer can be cut afterwards to what was heard."""

    def __init__(self) -> None:
        self._items: list[HistoryItem] = []
        self._said: dict[str, int] = {}  # our utterances, by their place
        self._open: set[str] = set()  # tools that have not answered

    def recall(self, memory: Memory) -> None:
        """Begin from what is remembered of the call."""
        kinds = (e.AddMessage, e.AddToolCall, e.AnswerTool)
        self._items = [item for item in memory.recalled() if isinstance(item, kinds)]
        self._said.clear()

    def told(self, role: str, text: str) -> None:
        """The caller said this (user), or the model should know it (system)."""
        self._items.append(e.AddMessage(role, text))

    def said(self, item_id: str, text: str) -> None:
        """We say this: all of it so far."""
        if item_id in self._said:
            self._items[self._said[item_id]] = e.AddMessage("assistant", text)
        else:
            self._said[item_id] = len(self._items)
            self._items.append(e.AddMessage("assistant", text))

    def cut(self, item_id: str, heard: str) -> None:
        """Of this utterance only so much was heard."""
        if item_id not in self._said:
            return
        text = f"{heard} […the caller interrupted here]" if heard else "[the caller interrupted before this was heard]"
        self._items[self._said.pop(item_id)] = e.AddMessage("assistant", text)

    def tool_called(self, call_id: str, name: str, arguments: str) -> None:
        """The model called a tool."""
        self._open.add(call_id)
        self._items.append(e.AddToolCall(call_id, name, arguments))

    def tool_answered(self, call_id: str, output: str) -> None:
        """A tool has answered."""
        self._open.discard(call_id)
        self._items.append(e.AnswerTool(call_id, output))

    def items(self, memory: Memory) -> tuple[HistoryItem, ...]:
        """What the model is told now. A tool call without its answer is left out: the model would be refused."""
        if len(self._items) > MOST_ITEMS and not self._open:
            self.recall(memory)
        called = {item.call_id for item in self._items if isinstance(item, e.AddToolCall)}
        answered = {item.call_id for item in self._items if isinstance(item, e.AnswerTool)}
        both = called & answered
        return tuple(replace(item) for item in self._items if isinstance(item, e.AddMessage) or item.call_id in both)
