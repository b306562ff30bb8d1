// Runs in the audio thread: the microphone's rate down to 8000 Hz, in mu-law frames of 20 ms.
// A low-pass filter stands before it, so picking points between samples does not fold high tones down.

import { encodeSample } from "/phone/mulaw.js";

const FRAME_BYTES = 160;

class Telephone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = sampleRate / 8000;
    this.place = 0; // of the next telephone sample, counted from the last sample of the block before
    this.last = 0;
    this.frame = new Uint8Array(FRAME_BYTES);
    this.filled = 0;
  }

  process([[samples]]) {
    if (!samples) return true;
    while (this.place < samples.length) {
      const left = Math.floor(this.place);
      const before = left === 0 ? this.last : samples[left - 1];
      const value = before + (samples[left] - before) * (this.place - left);
      this.frame[this.filled++] = encodeSample(value);
      if (this.filled === FRAME_BYTES) {
        this.port.postMessage(this.frame.slice());
        this.filled = 0;
      }
      this.place += this.step;
    }
    this.place -= samples.length;
    this.last = samples[samples.length - 1];
    return true;
  }
}

registerProcessor("telephone", Telephone);
