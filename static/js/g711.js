// Mu-law as on the telephone line (ITU-T G.711), 8000 samples a second.
const BIAS = 0x84;
const CLIP = 32635;

const table = new Float32Array(256);
for (let code = 0; code < 256; code++) {
  const bits = ~code & 0xff;
  const size = (((bits & 0x0f) << 3) + BIAS) << ((bits & 0x70) >> 4);
  table[code] = ((bits & 0x80 ? BIAS - size : size - BIAS) || 0) / 32768;
}

/** Samples from -1 to 1 of a string of bytes. */
export function decode(bytes) {
  const samples = new Float32Array(bytes.length);
  for (let n = 0; n < bytes.length; n++) samples[n] = table[bytes[n]];
  return samples;
}

/** The bytes of samples from -1 to 1. */
export function encode(samples) {
  const bytes = new Uint8Array(samples.length);
  for (let n = 0; n < samples.length; n++) {
    let sample = Math.round(Math.max(-1, Math.min(1, samples[n])) * 32768);
    const sign = sample < 0 ? 0x80 : 0;
    sample = Math.min(Math.abs(sample), CLIP) + BIAS;
    let exponent = 7;
    for (let mask = 0x4000; exponent > 0 && !(sample & mask); mask >>= 1) exponent--;
    bytes[n] = ~(sign | (exponent << 4) | ((sample >> (exponent + 3)) & 0x0f)) & 0xff;
  }
  return bytes;
}

export const toBase64 = (bytes) => btoa(String.fromCharCode(...bytes));
export const fromBase64 = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
