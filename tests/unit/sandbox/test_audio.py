import io
import wave

import numpy as np
import pytest

from sandbox import audio

# ITU-T G.711: sample, mu-law code, A-law code.
CHECK_VALUES = [
    (0, 0xFF, 0xD5),
    (8, 0xFE, 0xD5),
    (100, 0xF2, 0xD3),
    (-100, 0x72, 0x53),
    (1000, 0xCE, 0xFA),
    (-1000, 0x4E, 0x7A),
    (10000, 0x9C, 0xB6),
    (-10000, 0x1C, 0x36),
    (32767, 0x80, 0xAA),
    (-32768, 0x00, 0x2A),
]


@pytest.mark.parametrize(("sample", "mulaw", "alaw"), CHECK_VALUES)
def test_companding_check_values(sample, mulaw, alaw):
    assert audio.encode_mulaw([sample]) == bytes([mulaw])
    assert audio.encode_alaw([sample]) == bytes([alaw])


def test_every_mulaw_code_survives_but_negative_zero():
    codes = bytes(range(256))
    again = audio.encode_mulaw(audio.decode_mulaw(codes))
    assert again == codes.replace(b"\x7f", b"\xff")


def test_every_alaw_code_survives():
    codes = bytes(range(256))
    assert audio.encode_alaw(audio.decode_alaw(codes)) == codes


def test_the_range_of_decoded_samples():
    assert audio.decode_mulaw(b"\x00\x80\xff\x7f").tolist() == [-32124, 32124, 0, 0]
    assert audio.decode_alaw(b"\xd5\x55\xaa\x2a").tolist() == [8, -8, 32256, -32256]


def test_encoding_clips_and_rounds():
    assert audio.encode_mulaw([1e9, -1e9]) == b"\x80\x00"
    assert audio.encode_mulaw(np.array([7.6])) == audio.encode_mulaw([8])


def test_level_of_silence_and_of_nothing_is_the_floor():
    assert audio.level_dbfs(b"\xff" * 160) == audio.QUIETEST_DBFS
    assert audio.level_dbfs(b"") == audio.QUIETEST_DBFS


def test_level_of_a_sine():
    sine = 10362 * np.sin(2 * np.pi * 1000 * np.arange(800) / 8000)  # amplitude for an RMS of -13 dBFS
    assert audio.level_dbfs(audio.encode_mulaw(sine)) == pytest.approx(-13, abs=0.1)


@pytest.mark.parametrize(
    ("key", "low_hz", "high_hz"), [("1", 697, 1209), ("0", 941, 1336), ("#", 941, 1477), ("A", 697, 1633)]
)
def test_keypad_tone_has_its_two_frequencies(key, low_hz, high_hz):
    samples = audio.decode_mulaw(audio.dtmf_tone(key, tone_ms=200, pause_ms=0)).astype(float)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    frequencies = np.fft.rfftfreq(len(samples), 1 / 8000)
    low = frequencies[np.argmax(np.where(frequencies < 1100, spectrum, 0))]
    high = frequencies[np.argmax(np.where(frequencies > 1100, spectrum, 0))]
    assert low == pytest.approx(low_hz, rel=0.015)
    assert high == pytest.approx(high_hz, rel=0.015)


def test_keypad_tone_lengths_and_soft_edges():
    tone = audio.dtmf_tone("5", tone_ms=60, pause_ms=40)
    assert len(tone) == 60 * 8 + 40 * 8
    assert set(tone[480:]) == {audio.MULAW_SILENCE}
    assert audio.level_dbfs(tone[:4]) < -40 < audio.level_dbfs(tone[200:280])


@pytest.mark.parametrize("key", ["x", "", "12", "a"])
def test_no_such_key(key):
    with pytest.raises(ValueError, match="no such key"):
        audio.dtmf_tone(key)


def test_stereo_file_pads_the_shorter_track_and_keeps_the_sides():
    file = io.BytesIO()
    audio.write_stereo_wav(file, left=b"\x80\x80\x80", right=b"\x00")
    file.seek(0)
    with wave.open(file) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate(), wav.getnframes()) == (2, 2, 8000, 3)
        frames = np.frombuffer(wav.readframes(3), dtype="<i2").reshape(-1, 2)
    assert frames[:, 0].tolist() == [32124, 32124, 32124]
    assert frames[:, 1].tolist() == [-32124, 0, 0]


def test_stereo_file_by_path(tmp_path):
    path = tmp_path / "call.wav"
    audio.write_stereo_wav(path, left=b"\xff" * 8000, right=b"\xff" * 8000)
    assert path.stat().st_size == 44 + 4 * 8000
