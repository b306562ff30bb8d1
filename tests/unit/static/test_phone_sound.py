"""The sound of a test call in the page: mu-law as G.711 has it, other rates without ghosts, the play buffer's marks."""

import numpy as np
import pytest

from sandbox import audio
from tests.unit.static import node


def test_every_code_is_decoded_as_on_the_telephone_line() -> None:
    found = node.run("""
        import { decode } from "js/g711.js";
        console.log(JSON.stringify([...decode(Uint8Array.from({ length: 256 }, (_, n) => n))].map(x => x * 32768)));
    """)
    assert [round(sample) for sample in found] == audio.decode_mulaw(bytes(range(256))).tolist()


# Check values of G.711, and what the clip makes of the greatest.
@pytest.mark.parametrize(
    ("sample", "code"),
    [
        *((0, 0xFF), (8, 0xFE), (100, 0xF2), (-100, 0x72), (1000, 0xCE), (-1000, 0x4E)),
        *((10000, 0x9C), (-10000, 0x1C), (32768, 0x80), (-32768, 0x00)),
    ],
)
def test_samples_are_encoded_as_on_the_telephone_line(sample: int, code: int) -> None:
    found = node.run(f"""
        import {{ encode }} from "js/g711.js";
        console.log(JSON.stringify([...encode(Float32Array.of({sample} / 32768))]));
    """)
    assert found == [code]


def test_what_was_decoded_is_encoded_to_the_same_codes() -> None:
    found = node.run("""
        import { decode, encode } from "js/g711.js";
        console.log(JSON.stringify([...encode(decode(Uint8Array.from({ length: 256 }, (_, n) => n)))]));
    """)
    assert found == [code if code != 0x7F else 0xFF for code in range(256)]  # there are two zeros


def tone(rate: int, hz: int, to: int, seconds: float = 0.5) -> tuple[int, float, float]:
    """A tone at another rate, in pieces: how many samples, their strength, and the strength at that pitch."""
    count, strength, at_pitch = node.run(f"""
        import {{ Resampler }} from "js/resample.js";
        const resampler = new Resampler({rate}, {to});
        const out = [];
        for (let n = 0; n < {int(rate * seconds)}; n += 100) {{
            const turn = 2 * Math.PI * {hz} / {rate};
            const piece = Float32Array.from({{ length: 100 }}, (_, k) => Math.sin(turn * (n + k)));
            out.push(...resampler.process(piece));
        }}
        const middle = out.slice(out.length / 4, -out.length / 4);
        let re = 0, im = 0, power = 0;
        middle.forEach((x, n) => {{
            re += x * Math.cos(2 * Math.PI * {hz} * n / {to});
            im += x * Math.sin(2 * Math.PI * {hz} * n / {to});
            power += x * x;
        }});
        const size = middle.length;
        console.log(JSON.stringify([out.length, Math.sqrt(2 * power / size), 2 * Math.hypot(re, im) / size]));
    """)
    return count, strength, at_pitch


@pytest.mark.parametrize("rate", [48_000, 44_100, 16_000])
@pytest.mark.parametrize("hz", [300, 1000, 3000])
def test_a_voice_comes_through_at_its_strength(rate: int, hz: int) -> None:
    down, up = tone(rate, hz, 8000), tone(8000, hz, rate)
    assert down[0] == pytest.approx(4000, abs=30)  # less what the filter still waits for
    assert up[0] == pytest.approx(rate / 2, abs=rate / 300)
    for _, strength, at_pitch in (down, up):
        assert strength == pytest.approx(1, abs=0.02)
        assert at_pitch == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("hz", [5000, 7000, 12_000])
def test_what_the_line_cannot_carry_comes_back_as_no_other_tone(hz: int) -> None:
    assert tone(48_000, hz, 8000)[1] < 0.001


def test_pieces_of_any_length_give_the_same_as_one() -> None:
    whole, pieces = node.run("""
        import { Resampler } from "js/resample.js";
        const sound = Float32Array.from({ length: 4000 }, (_, n) => Math.sin(n * n / 9000));
        const whole = new Resampler(48000, 8000).process(sound);
        const other = new Resampler(48000, 8000);
        const pieces = [];
        for (let n = 0, size = 1; n < 4000; n += size, size = size % 97 + 13) {
            pieces.push(...other.process(sound.subarray(n, n + size)));
        }
        console.log(JSON.stringify([[...whole], pieces]));
    """)
    assert np.allclose(whole, pieces, atol=1e-6)


def played(steps: str) -> list[object]:
    """What a play buffer gives back, and how much of it sounded, step by step."""
    found: list[object] = node.run(f"""
        import {{ PlayQueue }} from "js/play_queue.js";
        const seen = [];
        const queue = new PlayQueue((mark) => seen.push(mark));
        const loud = (count) => new Float32Array(count).fill(0.5);
        const hear = (count) => {{
            const out = new Float32Array(count);
            const loudest = queue.fill(out);
            seen.push([out.filter((x) => x > 0).length, loudest]);
        }};
        {steps}
        console.log(JSON.stringify(seen));
    """)
    return found


def test_a_mark_comes_back_when_what_is_before_it_was_played() -> None:
    assert played('queue.play(loud(200)); queue.mark("m1"); hear(128); hear(128);') == [[128, 0.5], "m1", [72, 0.5]]


def test_a_mark_with_nothing_before_it_comes_back_at_once() -> None:
    assert played('queue.mark("m1"); hear(10);') == ["m1", [0, 0]]


def test_a_clear_gives_every_mark_back_and_nothing_is_played_any_more() -> None:
    steps = 'queue.play(loud(200)); queue.mark("m1"); queue.play(loud(200)); queue.mark("m2"); hear(50); queue.clear();'
    assert played(steps + " hear(50); queue.play(loud(10)); hear(50);") == [
        [50, 0.5], "m1", "m2", [0, 0], [10, 0.5],
    ]  # fmt: skip
