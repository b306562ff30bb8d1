"""Old sound gives way to text: in a long call, what was said long ago stays with the model as its summary alone.

Everything said is input of every answer, and sound is many times as much of it as text. Yet whatever changes the
beginning of a conversation empties the model's cache of it, and one answer then costs the full price. So this is done
seldom and in one large step: once the conversation has grown to a limit, near which the model's own forgetting would
empty the cache as well.
"""

from typing import Any

from calls.voice import effects as e

_SUMMARY_ITEM = "old_sound_{}"
FRONT = "root"


class OldSound:
    """Which items of the session in use hold sound, and which of them are summed up. `limit` in tokens; 0: never."""

    def __init__(self, *, limit: int = 0) -> None:
        self._limit = limit
        self._items: list[tuple[int, str]] = []  # when they were said, and the model's id
        self._summed_up: list[str] = []  # those that the summary being written is about
        self._tokens = 0  # of the newest answer's input
        self._summaries = 0
        self._in_place = ""  # the item with the summary

    def said(self, item_id: str, *, at_ms: int) -> None:
        """A turn is known, with this item of the model's."""
        if self._limit and all(item_id != known for _, known in self._items):
            self._items.append((at_ms, item_id))

    def used(self, usage: dict[str, Any]) -> None:
        """The model has answered: so much was its input."""
        tokens = usage.get("input_tokens")
        self._tokens = tokens if isinstance(tokens, int) else 0

    def summing_up(self, *, before_ms: int) -> None:
        """The model was asked for a summary of everything said before that moment."""
        self._summed_up = [item_id for at_ms, item_id in self._items if at_ms < before_ms]

    def replaced(self, summary: str) -> list[e.ToModel]:
        """What puts the summary in the place of the sound; nothing while the conversation is short enough."""
        if not self._limit or self._tokens < self._limit or not self._summed_up or not summary:
            return []
        gone = [*([self._in_place] if self._in_place else []), *self._summed_up]
        self._summaries += 1
        self._in_place = _SUMMARY_ITEM.format(self._summaries)
        self._items = [(at_ms, item_id) for at_ms, item_id in self._items if item_id not in self._summed_up]
        self._summed_up, self._tokens = [], 0
        text = f"Earlier in this call:\n{summary}"
        return [
            e.AddMessage("system", text, item_id=self._in_place, after=FRONT),
            *(e.DeleteItem(item_id) for item_id in gone),
        ]

    def forget(self) -> None:
        """Another session of the model: it was told everything as text, and has none of these items."""
        self._items.clear()
        self._summed_up.clear()
        self._tokens, self._in_place = 0, ""
