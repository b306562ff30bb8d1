"""The caller's frames arrive as a bad network leaves them."""

import base64
import random

import pytest

from calls.carrier import media_stream
from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.plan import ConversationPlan
from calls.voice.session import VoiceSession
from tests.faults.case import Case

FRAMES = 3000  # of one call: a minute
_LOSS, _DOUBLED, _SWAPPED = 0.05, 0.02, 0.02
FRAME_BYTES = 160


def frames(dice: random.Random) -> list[tuple[int, str]]:
    """A call's frames by number, in the order they arrive: each is late by up to five frames, some overtake others."""
    made = []
    for n in range(FRAMES):
        if dice.random() < _LOSS:
            continue
        late = dice.random() * 5 if dice.random() < _SWAPPED else 0.0
        made += [(n + late, n)] * (2 if dice.random() < _DOUBLED else 1)
    return [(n, _text(n)) for _, n in sorted(made, key=lambda one: one[0])]


def payload_of(n: int) -> str:
    """A frame's sound, which says which frame it is."""
    return base64.b64encode(n.to_bytes(4, "big") * (FRAME_BYTES // 4)).decode()


NUMBERS = {payload_of(n): n for n in range(FRAMES)}


def _text(n: int) -> str:
    media = f'{{"track":"inbound","chunk":"{n + 1}","timestamp":"{n * 20}","payload":"{payload_of(n)}"}}'
    return f'{{"event":"media","sequenceNumber":"{n + 2}","streamSid":"MZ1","media":{media}}}'


@pytest.mark.fault("ragged frames")
def test_order_is_kept_nothing_is_doubled_and_nothing_is_held_back(case: Case) -> None:
    for call in range(case.size // FRAMES):
        _one_call(case, case.dice(call))
    case.did(case.size)


def _one_call(case: Case, dice: random.Random) -> None:
    session = VoiceSession(ConversationPlan(greeting="", prompt_after_ms=0))
    session.from_carrier(m.StreamStarted("MZ1", "CA1", "audio/x-mulaw", 8000, 1, {}))
    session.from_model(m.ModelReady())
    came: list[int] = []
    passed: list[int] = []
    sent_bytes, newest = 0, 0
    behind_ms = held_ms = 0.0
    session.effects()
    for n, text in frames(dice):
        frame = media_stream.frame(text, "MZ1")
        assert frame is not None
        payloads = [frame[0]] if session.frame(*frame) else []
        payloads += [effect.payload for effect in session.effects() if isinstance(effect, e.AppendAudio)]
        came += [n] if n not in came[-12:] else []
        sent_bytes += sum(len(payload) // 4 * 3 - payload.count("=") for payload in payloads)
        passed += [NUMBERS[payload] for payload in payloads if payload in NUMBERS]
        newest = max(newest, n + 1)
        behind_ms = max(behind_ms, newest * 20 - sent_bytes / 8)
        held_ms = max(held_ms, 20 * (len(came) - len(passed)))
    case.reached("the model's clock behind the caller's, ms", behind_ms)
    case.reached("sound held back, ms", held_ms)
    case.reached("frames passed on twice", len(passed) - len(set(passed)))
    case.reached(
        "frames passed on in another order than they came", sum(a != b for a, b in zip(came, passed, strict=False))
    )
