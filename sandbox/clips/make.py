"""Records the prepared speech with espeak-ng: `python -m sandbox.clips.make [--check]`.

Needed only after a sentence was added or changed; the recordings are committed, so nobody needs espeak-ng to run
the sandbox. `--check` compares the sentences with the manifest and records nothing.
"""

import argparse
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tomllib
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sandbox import audio
from sandbox.clips.library import FOLDER, MANIFEST
from sandbox.clips.words import PHRASES, WORDS

_REPLIES = FOLDER.parent / "model" / "replies.toml"
_CALLERS = FOLDER.parent / "callers"
_LEVEL_DBFS = -20.0
_PEAK = 30000
_BAND_HZ = (3400.0, 3800.0)
"""Full up to the first, nothing from the second on: the telephone band, and no alias at 8000 Hz."""
_QUIET_DBFS = -42.0
_LONGEST_PAUSE_MS = 200
"""Pauses inside a sentence are shortened to this, so that a turn detector set to 300 ms or more hears one turn."""

Signal = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Voice:
    """How espeak-ng is asked to sound: its voice name, words per minute, pitch 0-99."""

    espeak: str
    words_per_minute: int
    pitch: int


def wanted_texts() -> list[tuple[str, str]]:
    """(voice, text) of everything that is to exist as a clip, without repeats."""
    return list(dict.fromkeys((voice, " ".join(text.split())) for voice, text in _all_texts()))


def _all_texts() -> Iterator[tuple[str, str]]:
    for voice, sentences in _sentences()["sentences"].items():
        yield from ((voice, sentence) for sentence in sentences)
    replies = tomllib.loads(_REPLIES.read_text(encoding="utf-8"))
    texts = [replies["greeting"], replies["fallback"], replies["idle"], *replies["after"].values()]
    for rule in replies["rules"]:
        texts += [rule["says"], rule.get("otherwise", "")]
    yield from (("assistant", text) for text in texts if text and "\\" not in text)
    for path in sorted(_CALLERS.glob("*.toml")):
        persona = tomllib.loads(path.read_text(encoding="utf-8"))
        yield from ((persona["voice"], step["say"]) for step in persona["steps"] if "say" in step)
    for voice, phrases in PHRASES.items():
        yield from ((voice, piece) for piece in (*phrases, *WORDS))


def _sentences() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((FOLDER / "sentences.toml").read_text(encoding="utf-8"))


def _voices() -> dict[str, Voice]:
    table = tomllib.loads((FOLDER / "sentences.toml").read_text(encoding="utf-8"))["voices"]
    return {name: Voice(**settings) for name, settings in table.items()}


def _spellings() -> dict[str, str]:
    """How some texts are written for espeak-ng."""
    return dict(tomllib.loads((FOLDER / "sentences.toml").read_text(encoding="utf-8"))["spellings"])


def _speak(text: str, voice: Voice) -> bytes:
    """The text as finished mu-law bytes."""
    settings = ("-v", voice.espeak, "-s", str(voice.words_per_minute), "-p", str(voice.pitch))
    command = ("espeak-ng", *settings, "--stdout")
    # The text goes through standard input, so no sentence can become an option.
    made = subprocess.run(command, input=text.encode(), capture_output=True, check=True)
    with wave.open(io.BytesIO(made.stdout)) as wav:
        samples = np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2").astype(np.float64)
        rate = wav.getframerate()
    return audio.encode_mulaw(_shorten_pauses(_level(_resample(samples, rate))))


def _resample(samples: Signal, rate: int) -> Signal:
    """The whole recording at 8000 Hz: its spectrum, faded out above the telephone band, transformed back shorter."""
    length = round(len(samples) * audio.RATE / rate)
    spectrum = np.fft.rfft(samples)
    spectrum *= np.clip((_BAND_HZ[1] - np.fft.rfftfreq(len(samples), 1 / rate)) / (_BAND_HZ[1] - _BAND_HZ[0]), 0, 1)
    shorter: Signal = np.fft.irfft(spectrum[: length // 2 + 1], length)
    np.multiply(shorter, length / len(samples), out=shorter)
    return shorter


def _level(samples: Signal) -> Signal:
    """Scaled so that the spoken part (what is within 30 dB of the loudest) has the wanted RMS."""
    loud = samples[np.abs(samples) > np.abs(samples).max() * 10 ** (-30 / 20)]
    loudest = float(np.abs(samples).max())
    scale = 32768 * 10 ** (_LEVEL_DBFS / 20) / float(np.sqrt(np.mean(loud**2)))
    return samples * min(scale, _PEAK / loudest)


def _shorten_pauses(samples: Signal) -> Signal:
    """Without silence at either end and with no pause over the limit; what is left of a pause is pure silence."""
    block = 10 * audio.BYTES_PER_MS
    blocks = [samples[start : start + block] for start in range(0, len(samples), block)]
    quiet = [np.sqrt(np.mean(one**2)) < 32768 * 10 ** (_QUIET_DBFS / 20) for one in blocks]
    kept: list[Signal] = []
    pause = 0
    for one, is_quiet in zip(blocks, quiet, strict=True):
        if is_quiet:
            pause += 1
            continue
        if kept:
            kept.append(np.zeros(min(pause, _LONGEST_PAUSE_MS // 10) * block))
        kept.append(one)
        pause = 0
    return np.concatenate(kept)


def _file_name(voice: str, text: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:32].rstrip("-")
    return f"{voice}/{slug}-{hashlib.sha256(text.encode()).hexdigest()[:6]}.ulaw"


def _record_all() -> None:
    voices, spellings = _voices(), _spellings()
    entries = []
    current: set[Path] = set()
    for voice, text in wanted_texts():
        data = _speak(spellings.get(text, text), voices[voice])
        name = _file_name(voice, text)
        path = FOLDER / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        current.add(path)
        ms, digest = len(data) // audio.BYTES_PER_MS, hashlib.sha256(data).hexdigest()
        entries.append(json.dumps({"text": text, "voice": voice, "file": name, "ms": ms, "sha256": digest}))
    MANIFEST.write_text("[\n" + ",\n".join(entries) + "\n]\n", encoding="utf-8")
    for stale in set(FOLDER.glob("*/*.ulaw")) - current:
        stale.unlink()
    size = sum(path.stat().st_size for path in current)
    sys.stdout.write(f"{len(entries)} clips, {size / 1e6:.2f} MB\n")


def missing_texts() -> list[tuple[str, str]]:
    """(voice, text) of what is wanted and not recorded."""
    recorded = set()
    if MANIFEST.exists():
        recorded = {(entry["voice"], entry["text"]) for entry in json.loads(MANIFEST.read_text(encoding="utf-8"))}
    return [wanted for wanted in wanted_texts() if wanted not in recorded]


def main(arguments: list[str]) -> int:
    """Record everything, or with --check list what is missing; the exit status (1: nothing recorded, or missing)."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.clips.make", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only list the sentences that have no clip yet")
    if parser.parse_args(arguments).check:
        for voice, text in missing_texts():
            sys.stdout.write(f"not recorded: {voice}: {text}\n")
        return 1 if missing_texts() else 0
    if shutil.which("espeak-ng") is None:
        sys.stderr.write("espeak-ng is not on this machine, so no speech can be recorded; the committed clips stay.\n")
        return 1
    _record_all()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
