"""The prepared clips on disk: which texts exist in which voice, and their audio.

`manifest.json` lists every clip (text, voice, file, ms, sha256); `make.py` writes it. The audio is mu-law at 8000 Hz,
trimmed, at about -20 dBFS. All of it is under 3 MB, so it is read once and kept.
"""

import functools
import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
MANIFEST = FOLDER / "manifest.json"


@dataclass(frozen=True, slots=True)
class Clip:
    """One prepared recording: what is said, by which voice, and its mu-law bytes."""

    text: str
    voice: str
    audio: bytes


@functools.cache
def load_clips() -> tuple[Clip, ...]:
    """Every clip of the manifest, in its order."""
    entries = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return tuple(Clip(entry["text"], entry["voice"], (FOLDER / entry["file"]).read_bytes()) for entry in entries)


@functools.cache
def _by_voice_and_text() -> dict[tuple[str, str], Clip]:
    return {(clip.voice, clip.text): clip for clip in load_clips()}


def find_clip(text: str, *, voice: str) -> Clip | None:
    """The clip of exactly this text in this voice, if there is one."""
    return _by_voice_and_text().get((voice, text))
