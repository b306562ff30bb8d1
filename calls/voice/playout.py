"""What the caller has heard where the model's side plays to the caller itself.

By SIP no sound passes through us, and no carrier's marks come back: the model tells when the caller begins to hear a
response, when they have heard all of it, and when the rest was dropped. How much of a sentence lies before a cut is
reckoned from the time that passed; how long the whole would have been, from its letters.
"""

from dataclasses import dataclass

from calls.voice.playback import Heard, Playback
from calls.voice.timeline import Timeline

# Speech of the model, in milliseconds for a letter.
MS_PER_LETTER = 62
# A response whose end is not told for so long after it should have been is taken as heard.
PATIENCE_MS = 6_000
# One that is said to be complete and of which no sound was told: its beginning was missed.
UNSTARTED_MS = 8_000


@dataclass(slots=True)
class _Said:
    """One item of the assistant's speech."""

    response_id: str
    known_ms: int
    letters: int = 0
    started_ms: int | None = None
    ended_ms: int | None = None
    is_cut: bool = False

    def whole_ms(self) -> int:
        if self.ended_ms is not None and not self.is_cut and self.started_ms is not None:
            return self.ended_ms - self.started_ms
        return self.letters * MS_PER_LETTER


class Playout(Playback):
    """The same answers as `Playback` gives, from the model's own word."""

    def __init__(self) -> None:
        super().__init__()
        self._items: dict[str, _Said] = {}
        self._sounding: dict[str, int] = {}  # responses that are heard now, since when

    # --- what is told ---

    def words(self, response_id: str, item_id: str, letters: int, now_ms: int) -> bool:
        """So many letters of an item are known. True when its sound has begun without it, and it begins with this."""
        said = self._items.setdefault(item_id, _Said(response_id, now_ms))
        said.letters = max(said.letters, letters)
        if said.started_ms is None and response_id in self._sounding:
            said.started_ms = now_ms if self._of(response_id)[:-1] else self._sounding[response_id]
            return True
        return False

    def started(self, response_id: str, now_ms: int) -> list[str]:
        """The caller begins to hear a response; answers the items that begin with it."""
        self._sounding.setdefault(response_id, now_ms)
        begun = [item_id for item_id in self._of(response_id) if self._items[item_id].started_ms is None]
        for item_id in begun:
            self._items[item_id].started_ms = now_ms
        return begun

    def stopped(self, response_id: str, now_ms: int) -> list[str]:
        """The caller has heard all of it; answers the items whose beginning we had missed."""
        self._sounding.pop(response_id, None)
        missed = []
        for item_id in self._of(response_id):
            said = self._items[item_id]
            if said.started_ms is None:
                said.started_ms = said.known_ms
                missed.append(item_id)
            if said.ended_ms is None:
                said.ended_ms = max(now_ms, said.started_ms)
        return missed

    def cleared(self, response_id: str, now_ms: int) -> list[Heard]:
        """The rest of a response (empty: of all) was dropped; answers what was cut, as `clear` does."""
        gone = [response_id] if response_id else list(self._sounding)
        return [heard for each in gone for heard in self._cut(each, now_ms)]

    def _cut(self, response_id: str, now_ms: int) -> list[Heard]:
        self._sounding.pop(response_id, None)
        cut = []
        for item_id in self._of(response_id):
            said = self._items[item_id]
            if said.ended_ms is None and said.started_ms is not None:
                heard_ms = self.heard_ms(item_id, now_ms)
                said.ended_ms, said.is_cut = said.started_ms + heard_ms, True
                cut.append(Heard(item_id, heard_ms, said.whole_ms()))
        return cut

    def _of(self, response_id: str) -> list[str]:
        return [item_id for item_id, said in self._items.items() if said.response_id == response_id]

    # --- what is asked ---

    def enqueue(self, item_id: str, length: int, now_ms: int, *, payload: str = "") -> str:
        """Nothing of ours can be played."""
        return ""

    def clear(self, now_ms: int) -> list[Heard]:
        """Everything that is heard now ends here."""
        return self.cleared("", now_ms)

    def item_ids(self) -> set[str]:
        """Items that the caller is hearing."""
        return {item_id for item_id, said in self._items.items() if said.started_ms is not None and not said.ended_ms}

    def heard_ms(self, item_id: str, now_ms: int) -> int:
        """Milliseconds of an item the caller has heard."""
        said = self._items.get(item_id)
        if said is None or said.started_ms is None:
            return 0
        if said.ended_ms is not None:
            return said.ended_ms - said.started_ms
        return min(max(now_ms - said.started_ms, 0), said.whole_ms())

    def sent_ms(self, item_id: str) -> int:
        """How long an item is, as far as it is known."""
        said = self._items.get(item_id)
        return 0 if said is None else said.whole_ms()

    def started_ms(self, item_id: str) -> int:
        """When an item's first sound was heard."""
        said = self._items[item_id]
        return said.known_ms if said.started_ms is None else said.started_ms

    def ends_ms(self) -> int:
        """When silence is to be expected."""
        open_items = [said for said in self._items.values() if said.started_ms is not None and said.ended_ms is None]
        return max((self._due_ms(said) for said in open_items), default=0)

    def _due_ms(self, said: _Said) -> int:
        return (said.known_ms if said.started_ms is None else said.started_ms) + said.whole_ms()

    def is_heard_out(self, item_id: str, now_ms: int) -> bool:
        """True once an item was heard to its end, or nothing is told of it for long."""
        said = self._items.get(item_id)
        if said is None or said.ended_ms is not None:
            return True
        if said.started_ms is None:
            return now_ms >= said.known_ms + UNSTARTED_MS
        return now_ms >= self._due_ms(said) + PATIENCE_MS

    def is_dry(self, now_ms: int, *, but_for: str = "") -> bool:
        """True while the caller hears nothing of the assistant, and nothing is to be expected."""
        if any(said.ended_ms is None and not self.is_heard_out(each, now_ms) for each, said in self._items.items()):
            return False
        return not any(not self._of(each) and now_ms < since + PATIENCE_MS for each, since in self._sounding.items())

    def forget(self, item_id: str) -> None:
        """Drop the books of an item that will not be asked about again."""
        self._items.pop(item_id, None)


class LineClock(Timeline):
    """The call's clock where no frames of sound pass: the shell's, from the moment it took the call up.

    The model counts the sound it has heard since its own session began; where its zero lies on our clock is learned
    from its events, which never come before what they tell of.
    """

    def __init__(self) -> None:
        super().__init__()
        self._zero_ms: int | None = None

    def shows(self, now_ms: int) -> None:
        """The shell's clock, in milliseconds since the call was taken up here; it never goes back."""
        self.now_ms = max(self.now_ms, now_ms)

    def since_frame(self, ms: float) -> None:
        """There are no frames."""

    def new_session(self, begins_ms: int, appended_ms: int) -> None:
        """The model's counting is learned anew."""
        self._zero_ms = None

    def caller_ms(self, audio_ms: int) -> int:
        """Where a moment of the model's counting lies on our clock."""
        zero_ms = self.now_ms - audio_ms
        self._zero_ms = zero_ms if self._zero_ms is None else min(self._zero_ms, zero_ms)
        return max(audio_ms + self._zero_ms, 0)
