// The two ends of a telephone line in the browser, on the audio thread: a microphone in frames of 20 ms, and a player
// that waits for a little sound before it begins, so that frames which come unevenly do not stutter.
const FRAME = 160; // samples of 20 ms at 8000 a second
const AHEAD = 3 * FRAME;
const LONGEST = 50 * FRAME;

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.frame = new Float32Array(FRAME);
    this.filled = 0;
  }

  process([input]) {
    for (const sample of input[0] ?? []) {
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
    this.waiting = [];
    this.length = 0;
    this.place = 0;
    this.isPlaying = false;
    this.port.onmessage = ({ data }) => {
      this.waiting.push(data);
      this.length += data.length;
      while (this.length > LONGEST) this.length -= this.waiting.shift().length - this.place + (this.place = 0);
    };
  }

  process(_, [output]) {
    const out = output[0];
    if (!this.isPlaying && this.length >= AHEAD) this.isPlaying = true;
    for (let n = 0; n < out.length; n++) {
      if (!this.isPlaying || !this.waiting.length) {
        this.isPlaying = false;
        break;
      }
      out[n] = this.waiting[0][this.place++];
      this.length--;
      if (this.place === this.waiting[0].length) {
        this.waiting.shift();
        this.place = 0;
      }
    }
    return true;
  }
}

registerProcessor("line-microphone", Microphone);
registerProcessor("line-speaker", Speaker);
