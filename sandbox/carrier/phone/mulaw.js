// G.711 mu-law, both directions (ITU-T G.711), as numbers from -1 to 1.

const BIAS = 0x84;
const CLIP = 32635;

const DECODED = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 15) << 3) + BIAS) << ((bits >> 4) & 7)) - BIAS;
  return (bits & 0x80 ? -magnitude : magnitude) / 32768;
});

/** Mu-law bytes into samples. */
export function decode(bytes) {
  return Float32Array.from(bytes, (code) => DECODED[code]);
}

/** One sample into a mu-law byte. */
export function encodeSample(sample) {
  const value = Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
  const magnitude = Math.min(Math.abs(value), CLIP) + BIAS;
  const exponent = 31 - Math.clz32(magnitude) - 7;
  return ~((value < 0 ? 0x80 : 0) | (exponent << 4) | ((magnitude >> (exponent + 3)) & 15)) & 0xff;
}
