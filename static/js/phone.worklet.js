// The two ends of a test call on the audio thread, whatever rate the machine's sound has: a microphone in frames of
// 20 ms at 8000 samples a second, and a speaker with the play buffer of a media stream.
import { PlayQueue } from "./play_queue.js";
import { Resampler } from "./resample.js";

const LINE = 8000;
const FRAME = 160;
const LEVEL_EVERY_S = 0.1;

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, LINE);
    this.frame = new Float32Array(FRAME);
    this.filled = 0;
  }

  process([input], [output]) {
    // Without a microphone for a moment (it was unplugged) the line stays open, and silent.
    const heard = input[0] ?? new Float32Array(output?.[0]?.length ?? 128);
    for (const sample of this.resampler.process(heard)) {
      this.frame[this.filled++] = sample;
      if (this.filled === FRAME) {
        this.port.postMessage(this.frame);
        this.frame = new Float32Array(FRAME);
        this.filled = 0;
      }
    }
    return true;
  }
}

class Speaker extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(LINE, sampleRate);
    this.queue = new PlayQueue((mark) => this.port.postMessage({ mark }));
    this.loudest = 0;
    this.sounded = 0; // samples in which something was heard
    this.sinceLevel = 0;
    this.port.onmessage = ({ data }) => this.take(data);
  }

  take({ samples, mark, clear }) {
    if (samples) this.queue.play(this.resampler.process(samples));
    if (mark) this.queue.mark(mark);
    if (clear) {
      this.queue.clear();
      this.resampler.reset();
    }
  }

  process(_, [output]) {
    const out = output[0];
    const loudest = this.queue.fill(out);
    for (let n = 1; n < output.length; n++) output[n].set(out);
    if (loudest > 0.01) this.sounded += out.length;
    this.loudest = Math.max(this.loudest, loudest);
    this.sinceLevel += out.length;
    if (this.sinceLevel >= LEVEL_EVERY_S * sampleRate) {
      this.port.postMessage({ level: this.loudest, soundedMs: Math.round((this.sounded * 1000) / sampleRate) });
      this.loudest = this.sinceLevel = 0;
    }
    return true;
  }
}

registerProcessor("phone-microphone", Microphone);
registerProcessor("phone-speaker", Speaker);
