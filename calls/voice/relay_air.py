"""What of our words the caller has heard, where the carrier turns text into speech and tells only now and then.

Three things are known: what the carrier says it has played, that it began or ended to speak, and, at an interruption,
the words heard by then. Between them the time that speech takes is reckoned. Nothing here is exact to a word: there are
no marks on this kind of line.
"""

from dataclasses import dataclass

# Speech takes so long by the letter, and begins so long after the first of it was sent.
MS_PER_CHARACTER = 70
LEAD_MS = 500
# While the carrier says that it is speaking, the reckoning is not believed; for ever it is not believed either.
PATIENCE = 3
PATIENCE_MS = 15_000


@dataclass(slots=True)
class Spoken:
    """One utterance of ours on its way to the caller's ear."""

    item_id: str
    started_ms: int
    text: str = ""
    response_ms: int | None = None
    is_whole: bool = False  # nothing is added any more
    is_ours: bool = False  # words of the house, said while the model is waited for
    shown: int = 0  # letters of it that were shown as heard
    is_heard: bool = False  # the carrier has said that it speaks, and this came first

    @property
    def needs_ms(self) -> int:
        """How long it takes to be said, reckoned."""
        return len(self.text) * MS_PER_CHARACTER


@dataclass(frozen=True, slots=True)
class Cut:
    """An utterance that was interrupted: what was heard of it, and what was not."""

    spoken: Spoken
    heard: str
    unheard: str


class Air:
    """Our utterances that may not have been heard to their end, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Spoken] = []
        self._free_ms = 0  # when everything will have been said, reckoned
        self._believed_until_ms = 0
        self._is_speaking = False
        self._played: int | None = None  # letters of what waits that were played; None: the carrier has told of none

    def begin(self, item_id: str, now_ms: int, *, response_ms: int | None = None, is_ours: bool = False) -> Spoken:
        """A new utterance, after those before it."""
        started_ms = max(now_ms, self._free_ms)
        spoken = Spoken(item_id, started_ms, response_ms=response_ms, is_ours=is_ours)
        self._waiting.append(spoken)
        if self._free_ms <= now_ms:
            self._free_ms = now_ms + LEAD_MS
        return spoken

    def add(self, spoken: Spoken, text: str, now_ms: int) -> None:
        """More words of an utterance."""
        spoken.text += text
        took_ms = len(text) * MS_PER_CHARACTER
        self._free_ms = max(self._free_ms, now_ms) + took_ms
        self._believed_until_ms = max(self._believed_until_ms, self._free_ms) + took_ms * (PATIENCE - 1)

    def speaking(self, *, is_on: bool, now_ms: int) -> None:
        """The carrier says that it speaks, or has ended."""
        self._is_speaking = is_on
        if is_on:
            if self._waiting and not self._waiting[0].is_heard:
                self._waiting[0].started_ms, self._waiting[0].is_heard = now_ms, True
            self._believed_until_ms = max(self._free_ms, now_ms) + PATIENCE_MS
        elif self._played is not None and self._played < sum(_letters(spoken.text) for spoken in self._waiting):
            pass  # the end of something earlier: what waits comes next
        elif all(spoken.is_whole for spoken in self._waiting):
            self._free_ms = min(self._free_ms, now_ms)
        else:
            self._free_ms = min(self._free_ms, now_ms + LEAD_MS)  # a pause in the middle: more is to come

    def played(self, text: str) -> None:
        """The carrier says that these words were heard."""
        self._played = (self._played or 0) + _letters(text)

    def is_dry(self, now_ms: int, *, but_for_ours: bool = False) -> bool:
        """True when nothing of ours is being heard, as far as is known."""
        if but_for_ours and all(spoken.is_ours for spoken in self._waiting):
            return True
        if any(not spoken.is_whole and not spoken.text for spoken in self._waiting):
            return False
        if self._is_speaking and self._waiting:
            return now_ms >= self._believed_until_ms
        return now_ms >= self._free_ms

    def heard_out(self, now_ms: int) -> list[Spoken]:
        """Utterances that were heard to their end, each once."""
        if not self._waiting or not self.is_dry(now_ms):
            return []
        done = [spoken for spoken in self._waiting if spoken.is_whole]
        if self._played is not None:
            self._played = max(self._played - sum(_letters(spoken.text) for spoken in done), 0)
        self._waiting = [spoken for spoken in self._waiting if not spoken.is_whole]
        return done

    def being_heard(self, now_ms: int) -> tuple[str, str] | None:
        """The utterance that is heard now, and its words so far as reckoned, when they have grown by a word."""
        spoken = next((spoken for spoken in self._waiting if not spoken.is_ours), None)
        if spoken is None or spoken.started_ms > now_ms:
            return None
        end = (now_ms - spoken.started_ms) // MS_PER_CHARACTER
        heard = spoken.text if end >= len(spoken.text) else spoken.text[: spoken.text.rfind(" ", 0, end + 1) + 1]
        if len(heard) <= spoken.shown:
            return None
        spoken.shown = len(heard)
        return spoken.item_id, heard.strip()

    def cut(self, heard: str, after_ms: int, now_ms: int) -> list[Cut]:
        """The caller has interrupted: nothing that waits is spoken any more. What was heard of each, oldest first."""
        whole = "".join(f"{spoken.text} " for spoken in self._waiting)
        end = heard_until(whole, heard, after_ms)
        cuts: list[Cut] = []
        for spoken in self._waiting:
            length = min(max(end, 0), len(spoken.text))
            end -= len(spoken.text) + 1
            cuts.append(Cut(spoken, spoken.text[:length].rstrip(), spoken.text[length:].strip()))
        self._waiting.clear()
        self._played = None if self._played is None else 0
        self._free_ms = self._believed_until_ms = now_ms
        self._is_speaking = False
        return cuts

    def close(self, now_ms: int) -> list[Cut]:
        """The line is gone: what was being said was heard as far as time allowed."""
        first = min((spoken.started_ms for spoken in self._waiting), default=now_ms)
        return self.cut("", now_ms if self.is_dry(now_ms) else max(now_ms - first - LEAD_MS, 0), now_ms)

    def texts(self) -> list[str]:
        """What is in the air."""
        return [spoken.text for spoken in self._waiting]


def _letters(text: str) -> int:
    return sum(not letter.isspace() for letter in text)


def heard_until(whole: str, heard: str, after_ms: int) -> int:
    """Where in our words the caller's hearing ended: by the words the carrier tells, or by the time it tells.

    Spaces and letters' case may differ: the carrier tells what it spoke, not what we wrote.
    """
    wanted = "".join(heard.split()).casefold()
    places = [place for place, letter in enumerate(whole) if not letter.isspace()]
    packed = "".join(whole[place] for place in places).casefold()
    if wanted and len(packed) == len(places):  # case folding has moved nothing
        start = 0 if packed.startswith(wanted) else packed.rfind(wanted)
        if start >= 0:
            return places[start + len(wanted) - 1] + 1
    if wanted:
        return min(len(heard), len(whole))
    end = min(max(after_ms, 0) // MS_PER_CHARACTER, len(whole))
    return end if end == len(whole) else whole.rfind(" ", 0, end + 1) + 1
