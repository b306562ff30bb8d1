"""A model that speaks another code: what a call sounds like on the other side of a transcoder."""

import base64

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calls.voice import audio, g711
from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.resampling import Lowered
from calls.voice.transcoding import ModelAudio, Transcoder, transcoder
from tests.unit.calls.voice.sounds import LINE, PCM, as_mulaw, as_pcm, of_mulaw, text, tone


def a(kind: ModelAudio) -> Transcoder:
    made = transcoder(kind)
    assert made is not None
    return made


# --- silence ---


def test_silence_stays_silence() -> None:
    assert g711.MULAW_DECODED[0xFF] == 0
    alaw, pcm = a(ModelAudio.PCMA), a(ModelAudio.PCM24K)
    assert alaw.to_model(text(b"\xff" * 160)) == text(b"\xd5" * 160)
    assert alaw.from_model(text(b"\xd5" * 160)) == text(b"\xff" * 160)
    assert pcm.to_model(text(b"\xff" * 160)) == text(bytes(960))
    assert pcm.from_model(text(bytes(960))) == text(b"\xff" * 160)


def test_the_negative_zeros_are_silence_too() -> None:
    assert g711.ALAW_TO_MULAW[0x55] == 0x7F
    assert set(a(ModelAudio.PCM24K).to_model(text(b"\x7f" * 160))) == {"A"}


# --- through and back ---


def test_speech_band_comes_through_up_and_down_again() -> None:
    dice = np.random.default_rng(5)
    spectrum = np.fft.rfft(dice.normal(0, 3000, LINE))
    spectrum[3000:] = 0
    sound = np.fft.irfft(spectrum, LINE)
    data = as_mulaw(sound)
    pcm = a(ModelAudio.PCM24K)
    again = of_mulaw(base64.b64decode(pcm.from_model(pcm.to_model(text(data)))))
    delay = 2 * 47.5 / PCM * LINE
    moved = np.fft.irfft(np.fft.rfft(of_mulaw(data)) * np.exp(-2j * np.pi * np.arange(LINE // 2 + 1) * delay / LINE))
    assert np.corrcoef(moved[200:], again[200:])[0, 1] > 0.999


# --- lengths ---


@pytest.mark.parametrize("kind", [ModelAudio.PCMA, ModelAudio.PCM24K])
@given(frames=st.lists(st.integers(0, 480), max_size=12))
@settings(deadline=None)
def test_milliseconds_are_the_same_on_both_sides(kind: ModelAudio, frames: list[int]) -> None:
    made, sent, heard = a(kind), 0, 0
    for length in frames:
        sound = base64.b64decode(made.to_model(text(b"\x2a" * length)))
        assert len(sound) == length * kind.bytes_per_ms // audio.BYTES_PER_MS
        sent += len(sound)
        heard += audio.payload_bytes(made.from_model(text(sound)))
    assert (sent, heard) == (sum(frames) * kind.bytes_per_ms // 8, sum(frames))


@pytest.mark.parametrize(("kind", "bytes_per_frame"), [("pcmu", 160), ("pcma", 160), ("pcm24k", 960)])
def test_a_frame_of_twenty_milliseconds(kind: str, bytes_per_frame: int) -> None:
    assert ModelAudio(kind).bytes_per_ms * 20 == bytes_per_frame
    if kind != "pcmu":
        frame = a(ModelAudio(kind)).to_model(text(b"\xff" * 160))
        assert len(base64.b64decode(frame)) == bytes_per_frame


def test_a_piece_that_is_no_whole_sample_waits_for_the_rest() -> None:
    pcm = a(ModelAudio.PCM24K)
    sound = as_pcm(tone(500, PCM, seconds=0.1))
    assert pcm.from_model(text(sound[:5])) == ""
    rest = base64.b64decode(pcm.from_model(text(sound[5:])))
    assert rest == Lowered().convert(sound)


# --- the end of one sentence and the beginning of the next ---

LOUD = as_pcm(tone(900, PCM, seconds=0.0404))[:-1]  # ends in the middle of a sample


def test_nothing_of_a_voice_that_was_cut_sounds_in_the_next() -> None:
    pcm = a(ModelAudio.PCM24K)
    pcm.from_model(text(LOUD))
    pcm.reset_from_model()
    assert pcm.from_model(text(bytes(960))) == text(b"\xff" * 160)


def test_another_item_begins_afresh_by_itself() -> None:
    pcm, quiet = a(ModelAudio.PCM24K), text(bytes(960))
    pcm.from_model(text(LOUD), item_id="item_a")
    assert pcm.from_model(quiet, item_id="item_b") == text(b"\xff" * 160)


def test_the_same_item_goes_on_without_a_seam() -> None:
    pcm, sound = a(ModelAudio.PCM24K), as_pcm(tone(900, PCM, seconds=0.2))
    heard = [pcm.from_model(text(piece), item_id="item_a") for piece in (sound[:777], sound[777:5000], sound[5000:])]
    assert b"".join(base64.b64decode(piece) for piece in heard) == Lowered().convert(sound)


def test_the_callers_voice_goes_on_when_the_models_is_cut() -> None:
    cut, whole = a(ModelAudio.PCM24K), a(ModelAudio.PCM24K)
    frames = [text(as_mulaw(piece)) for piece in np.split(tone(700, LINE, seconds=0.08), 4)]
    for frame in frames:
        cut.reset_from_model()
        assert cut.to_model(frame) == whole.to_model(frame)


def test_calls_do_not_hear_each_other() -> None:
    one, other = a(ModelAudio.PCM24K), a(ModelAudio.PCM24K)
    one.from_model(text(LOUD))
    one.to_model(text(b"\x00" * 160))
    assert other.from_model(text(bytes(960))) == text(b"\xff" * 160)
    assert other.to_model(text(b"\xff" * 160)) == text(bytes(960))


# --- what is not sound ---


@pytest.mark.parametrize("kind", [ModelAudio.PCMA, ModelAudio.PCM24K])
@pytest.mark.parametrize(
    "payload",
    ["A", "AAAA=", "====", "AAAA====", "AA==AAAA", "not base64 at all!", "\u00e4\u00f6\u00fc\u00df", "\ud800AAA"],
)
def test_what_is_not_base64_is_silence_of_its_length(kind: ModelAudio, payload: str) -> None:
    made, length = a(kind), audio.payload_bytes(payload)
    silence = {ModelAudio.PCMA: b"\xd5", ModelAudio.PCM24K: bytes(6)}[kind]
    assert base64.b64decode(made.to_model(payload)) == silence * length
    heard = base64.b64decode(made.from_model(payload))
    assert heard == b"\xff" * (length * 8 // kind.bytes_per_ms)


@given(kind=st.sampled_from([ModelAudio.PCMA, ModelAudio.PCM24K]), payloads=st.lists(st.text(max_size=40), max_size=6))
def test_nothing_raises(kind: ModelAudio, payloads: list[str]) -> None:
    made = a(kind)
    for payload in payloads:
        made.to_model(payload)
        made.from_model(payload, item_id=payload[:1])


def test_a_broken_piece_leaves_the_clock_right_for_what_follows() -> None:
    pcm = a(ModelAudio.PCM24K)
    for _ in range(3):
        pcm.to_model("!" * 216)
    assert len(base64.b64decode(pcm.to_model(text(b"\x2a" * 160)))) == 960


def test_an_empty_piece_is_empty() -> None:
    for kind in (ModelAudio.PCMA, ModelAudio.PCM24K):
        assert a(kind).to_model("") == a(kind).from_model("") == ""


# --- in the session's own words ---


def test_the_callers_sound_is_converted_and_other_orders_are_not() -> None:
    pcm = a(ModelAudio.PCM24K)
    assert pcm.for_the_model(e.AppendAudio(audio.silence(20))) == e.AppendAudio(text(bytes(960)))
    for order in (e.Respond("Hello."), e.Truncate("item_a", 120), e.CommitAudio()):
        assert pcm.for_the_model(order) is order


def test_the_models_voice_is_converted_item_by_item_and_other_messages_are_not() -> None:
    pcm = a(ModelAudio.PCM24K)
    first = pcm.on_the_line(m.AudioDelta("resp_a", "item_a", text(LOUD)))
    assert first == m.AudioDelta("resp_a", "item_a", text(Lowered().convert(LOUD)))
    second = pcm.on_the_line(m.AudioDelta("resp_b", "item_b", text(bytes(960))))
    assert second == m.AudioDelta("resp_b", "item_b", audio.silence(20))
    for message in (m.ResponseStarted("resp_a"), m.CallerWords("item_c", "Hello.", is_final=True)):
        assert pcm.on_the_line(message) is message


# --- who gets one ---


def test_a_model_that_speaks_as_the_line_does_needs_none() -> None:
    assert transcoder(ModelAudio.PCMU) is None
    assert all(transcoder(kind) is not None for kind in ModelAudio if kind is not ModelAudio.PCMU)


def test_the_rates_are_those_the_filter_was_made_for() -> None:
    assert ModelAudio.PCM24K.bytes_per_ms == PCM * 2 // 1000
    assert ModelAudio.PCMU.bytes_per_ms == audio.BYTES_PER_MS == LINE // 1000
