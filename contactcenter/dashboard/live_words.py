"""The words being spoken right now, as this process has heard of them: not stored anywhere, gone when a call ends."""

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

    def settle(self, call_id: int, item_ids: frozenset[str]) -> None:
        """These turns are stored now: what was heard of them so far is not shown any more."""
        parties = self._calls.get(call_id, {})
        for party in [party for party, words in parties.items() if words.item_id in item_ids]:
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
