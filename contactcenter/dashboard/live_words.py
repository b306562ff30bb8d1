"""The words being spoken right now, as this process has heard of them: not stored anywhere, gone when a call ends."""

from collections.abc import Iterable
from dataclasses import dataclass

# Calls remembered at most; the oldest are forgotten first.
_MOST = 2000


@dataclass(frozen=True, slots=True)
class LiveWords:
    """What a party has said so far in its current turn."""

    seq: int
    party: str
    item_id: str
    text: str


class _LiveWords:
    def __init__(self) -> None:
        self._calls: dict[int, dict[str, LiveWords]] = {}

    def hear(self, call_id: int, words: LiveWords) -> None:
        """Take what was heard; an older piece that comes late is not taken."""
        parties = self._calls.pop(call_id, {})
        known = parties.get(words.party)
        if known is None or known.seq < words.seq:
            parties[words.party] = words
        self._calls[call_id] = parties
        while len(self._calls) > _MOST:
            del self._calls[next(iter(self._calls))]

    def items(self, call_ids: Iterable[int]) -> dict[int, set[str]]:
        """Which turns are being spoken on these calls; a call that is silent is left out."""
        spoken = {call_id: {words.item_id for words in self._calls.get(call_id, {}).values()} for call_id in call_ids}
        return {call_id: items for call_id, items in spoken.items() if items}

    def settle(self, call_id: int, item_id: str) -> None:
        """This turn is stored now: what was heard of it so far is not shown any more."""
        parties = self._calls.get(call_id, {})
        for party in [party for party, words in parties.items() if words.item_id == item_id]:
            del parties[party]

    def forget(self, call_id: int) -> None:
        """The call is over."""
        self._calls.pop(call_id, None)

    def latest(self, call_id: int) -> LiveWords | None:
        """The newest words of a call."""
        return max(self._calls.get(call_id, {}).values(), key=lambda words: words.seq, default=None)

    def both(self, call_id: int) -> list[LiveWords]:
        """Both parties' words of a call, oldest first."""
        return sorted(self._calls.get(call_id, {}).values(), key=lambda words: words.seq)


live_words = _LiveWords()
