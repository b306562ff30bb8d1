// Sound at another rate, piece by piece: a windowed sinc (Kaiser) in a table, so that nothing above what the lower of
// the two rates can hold comes back as a tone that was never there.

const ZEROS = 12; // zero crossings on each side, at the lower rate
const STEPS = 128; // of the table, between two of them
const BETA = 8;
const WIDTH = 0.9; // of the band that the lower rate could hold

function bessel(x) {
  let sum = 1;
  let term = 1;
  for (let n = 1; n < 30; n++) {
    term *= (x / (2 * n)) ** 2;
    sum += term;
  }
  return sum;
}

function table() {
  const values = new Float32Array(ZEROS * STEPS + 2);
  for (let n = 0; n <= ZEROS * STEPS; n++) {
    const x = n / STEPS;
    const wave = n === 0 ? WIDTH : Math.sin(Math.PI * WIDTH * x) / (Math.PI * x);
    values[n] = (wave * bessel(BETA * Math.sqrt(1 - (x / ZEROS) ** 2))) / bessel(BETA);
  }
  return values;
}

const KERNEL = table();

/** Changes the rate of one side of a conversation; it keeps what the next piece needs of the last. */
export class Resampler {
  constructor(from, to) {
    this.step = from / to; // samples of the input for one of the output
    this.scale = Math.min(1, to / from); // the lower rate in samples of the input
    this.half = Math.ceil(ZEROS / this.scale);
    this.reset();
  }

  /** Forget what was said before. */
  reset() {
    this.kept = new Float32Array(2 * this.half);
    this.at = this.half; // place of the next output, in what is kept
  }

  /** The next samples from -1 to 1 at the new rate; as many as can be known by now. */
  process(samples) {
    const input = new Float32Array(this.kept.length + samples.length);
    input.set(this.kept);
    input.set(samples, this.kept.length);
    const last = input.length - this.half - 1;
    const count = this.at > last ? 0 : Math.floor((last - this.at) / this.step) + 1;
    const output = new Float32Array(count);
    for (let n = 0; n < count; n++) output[n] = this.#one(input, this.at + n * this.step);
    const next = this.at + count * this.step;
    const drop = Math.max(0, Math.floor(next) - this.half);
    this.kept = input.slice(drop);
    this.at = next - drop;
    return output;
  }

  #one(input, place) {
    const first = Math.ceil(place - this.half);
    const last = Math.floor(place + this.half);
    let sum = 0;
    for (let k = first; k <= last; k++) {
      const x = Math.abs(k - place) * this.scale * STEPS;
      const left = Math.floor(x);
      if (left >= ZEROS * STEPS) continue;
      sum += input[k] * (KERNEL[left] + (x - left) * (KERNEL[left + 1] - KERNEL[left]));
    }
    return sum * this.scale;
  }
}
