"""How a reply is cut into pieces on its way to the client.

Speech comes faster than it plays: a sentence is sent within about 300 ms, in pieces of 50 to 400 ms of audio, each
after the words that begin in it. A step is (words, audio); written replies have no audio.
"""

import re
from collections.abc import Iterator, Sequence

from sandbox import speech
from sandbox.model.formats import Format, from_mulaw
from sandbox.model.script import Reply

Step = tuple[str, bytes]

_BURST_MS = 300.0
_CHUNKS_MS = (100, 200, 300, 350)
_SHORTEST_CHUNK_MS = 50


def words_of(text: str) -> list[str]:
    """The words, each with the space before it."""
    return re.findall(r"\s*\S+", text)


def burst_ms(reply: Reply) -> float:
    """How long the whole reply takes to send: its own wish, or 300 ms for each sentence."""
    if reply.burst_ms is not None:
        return reply.burst_ms
    return _BURST_MS * max(1, len(re.findall(r"[.!?]+(?=\s|$)", reply.says)))


def written(reply: Reply) -> list[Step]:
    """The steps of a written reply, word by word."""
    return [(word, b"") for word in words_of(reply.says.strip())]


def spoken(reply: Reply, audio_format: Format) -> list[Step]:
    """The steps of a spoken reply: its own audio as it is, or its text in the assistant's voice."""
    text, audio = reply.says.strip(), reply.audio
    if audio is None:
        audio = from_mulaw(speech.say(text, voice=speech.ASSISTANT).audio, audio_format)
    words, letters, position = words_of(text), 0, 0
    steps: list[Step] = []
    for chunk in _chunks(audio, reply.chunk_bytes, audio_format.bytes_per_ms):
        position += len(chunk)
        beginning = ""
        # A word begins where its share of the letters does.
        while words and letters * len(audio) < position * len(text):
            letters += len(words[0])
            beginning += words.pop(0)
        steps.append((beginning, chunk))
    return steps or [(text, b"")]


def _chunks(audio: bytes, sizes: Sequence[int], bytes_per_ms: int) -> Iterator[bytes]:
    """The audio in pieces of the given sizes, or of 50 to 400 ms where none are given; the last size repeats."""
    shortest = 0 if sizes else _SHORTEST_CHUNK_MS * bytes_per_ms
    sizes = sizes or [ms * bytes_per_ms for ms in _CHUNKS_MS]
    start = number = 0
    while start < len(audio):
        end = start + sizes[min(number, len(sizes) - 1)]
        if len(audio) - end < shortest:
            end = len(audio)
        yield audio[start:end]
        start, number = end, number + 1
