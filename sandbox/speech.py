"""Speech for both stand-ins: text into telephone audio, and telephone audio back into text.

What is said is a prepared clip where one exists, words of the word bank joined where the text is made of them, and
marked tones otherwise, so that both sides of every call can be heard and any sentence can be understood without
speech recognition. `recognise` relies on the bytes arriving unchanged, or is told that they did not and listens.
"""

import re
from dataclasses import dataclass

from sandbox import audio, tones
from sandbox.clips import hearing, library, likeness
from sandbox.clips.words import PHRASES, WORDS

__all__ = ["WORDS", "Utterance", "prepared_texts", "recognise", "say", "warm_up"]

ASSISTANT = "assistant"
CALLER = "caller"
_WORD_GAP_MS = 60
_LONGEST_PHRASE = max(len(phrase.split()) for phrases in PHRASES.values() for phrase in phrases)


@dataclass(frozen=True, slots=True)
class Utterance:
    """A spoken text: its mu-law bytes (8000 Hz, no silence after it), and whether it is a voice or marked tones."""

    text: str
    audio: bytes
    is_clip: bool

    @property
    def ms(self) -> int:
        """How long it lasts, rounded down."""
        return len(self.audio) // audio.BYTES_PER_MS


def say(text: str, *, voice: str = CALLER) -> Utterance:
    """Speak a text in a voice: "assistant", "caller", or one of the personas' voices.

    A persona's voice falls back to the ordinary caller's where it has no clip. ValueError for an empty text.
    """
    wanted = " ".join(text.split())
    if not wanted:
        raise ValueError("there is nothing to say")
    for each in _voices(voice):
        clip = library.find_clip(wanted, voice=each)
        if clip is not None:
            return Utterance(text, clip.audio, is_clip=True)
    for each in _voices(voice):
        joined = _join_words(wanted, voice=each)
        if joined is not None:
            return Utterance(text, joined, is_clip=True)
    return Utterance(text, tones.modulate(wanted), is_clip=False)


def recognise(data: bytes, *, is_recoded: bool = False) -> str | None:
    """The words in mu-law bytes: clips and tones, whole or cut short, in the order heard. None for anything else.

    `is_recoded`: the bytes came by another code or rate. It takes longer, and a frame lost in a sentence loses a word.
    """
    find_clips = likeness.find_alike if is_recoded else hearing.find_spoken
    clips = [(heard.start, heard.text) for heard in find_clips(data)]
    messages = [(heard.start, heard.text) for heard in tones.demodulate(data, is_recoded=is_recoded)]
    return " ".join(text for _, text in sorted(clips + messages)) or None


def warm_up() -> None:
    """Read all clips now, so that the first recognition of a live call is as quick as the others."""
    for is_recoded in (False, True):
        recognise(audio.silence(1000), is_recoded=is_recoded)


def prepared_texts(*, voice: str = CALLER) -> tuple[str, ...]:
    """The whole sentences that exist as clips in this voice (without the single words of the word bank)."""
    pieces = {*WORDS, *(phrase for phrases in PHRASES.values() for phrase in phrases)}
    return tuple(clip.text for clip in library.load_clips() if clip.voice == voice and clip.text not in pieces)


def _voices(voice: str) -> tuple[str, ...]:
    return (voice,) if voice in (ASSISTANT, CALLER) else (voice, CALLER)


def _join_words(text: str, *, voice: str) -> bytes | None:
    """The text from single clips of the word bank, or None when a word of it is not there."""
    spelled = {piece.lower(): piece for piece in (*WORDS, *PHRASES.get(voice, ()))}
    words = re.sub(r"[.,;:!?]+(?= |$)", "", text).lower().split()
    pieces: list[bytes] = []
    while words:
        for length in range(min(_LONGEST_PHRASE, len(words)), 0, -1):
            piece = spelled.get(" ".join(words[:length]))
            clip = library.find_clip(piece, voice=voice) if piece else None
            if clip is not None:
                pieces.append(clip.audio)
                del words[:length]
                break
        else:
            return None
    return audio.silence(_WORD_GAP_MS).join(pieces) if pieces else None
