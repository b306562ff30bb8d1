from sandbox.model.formats import Format
from sandbox.model.input_audio import InputAudioBuffer


def buffer(ms):
    held = InputAudioBuffer()
    held.append(bytes(number % 250 for number in range(ms * 8)), Format.PCMU)
    return held


def test_time_counts_on_whatever_is_taken():
    held = buffer(1000)
    assert (held.total_ms, held.start_ms, held.held_ms) == (1000, 0, 1000)
    assert held.take(200, 600) == bytes(number % 250 for number in range(1600, 4800))
    assert (held.total_ms, held.start_ms, held.held_ms) == (1000, 600, 400)
    held.append(b"\xff" * 160, Format.PCMU)
    assert (held.total_ms, held.start_ms, held.held_ms) == (1020, 600, 420)
    held.clear()
    assert (held.total_ms, held.start_ms, held.held_ms) == (1020, 1020, 0)


def test_taking_reaches_no_further_than_what_is_held():
    held = buffer(100)
    held.keep_only_last(40)
    assert held.start_ms == 60
    assert len(held.take(0, 500)) == 40 * 8
    assert held.take(0, 500) == b""


def test_received_bytes_are_kept_as_they_came():
    held = InputAudioBuffer()
    held.append(b"\x01\x02\x03", Format.PCM)
    held.append(b"\x04\x05\x06\x07", Format.PCM)
    held.clear()
    assert bytes(held.received) == b"\x01\x02\x03\x04\x05\x06\x07"


def test_pcm_pieces_of_any_size_make_whole_samples():
    held = InputAudioBuffer()
    samples = b"\xe8\x03" * 3 * 80  # 10 ms of the sample 1000 at 24000 Hz
    for start in range(0, len(samples), 7):
        held.append(samples[start : start + 7], Format.PCM)
    assert held.total_ms == 10
    assert held.take(0, 10) == b"\xce" * 80
