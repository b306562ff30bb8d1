// Plays what comes in pieces: waits until a little has gathered, so that pieces may come unevenly, and drops the oldest
// when too much has, so that nobody hears what is long past. Two sides, two outputs.

const GATHER_S = 0.12;
const MOST_S = 0.3;
const LEVEL_EVERY_S = 0.1;

class CallSound extends AudioWorkletProcessor {
  constructor() {
    super();
    this.pieces = []; // [caller, ours] of equal length
    this.at = 0; // in the first piece
    this.waiting = 0; // samples not played yet
    this.isPlaying = false;
    this.loudest = [0, 0];
    this.sinceLevel = 0;
    this.port.onmessage = ({ data }) => this.take(data);
  }

  take(sides) {
    this.pieces.push(sides);
    this.waiting += sides[0].length;
    while (this.waiting > MOST_S * sampleRate + sides[0].length) {
      this.waiting -= this.pieces.shift()[0].length - this.at;
      this.at = 0;
    }
    if (this.waiting >= GATHER_S * sampleRate) this.isPlaying = true;
  }

  process(_, outputs) {
    const length = outputs[0][0].length;
    for (let n = 0; this.isPlaying && n < length; n += 1) this.play(outputs, n);
    this.sinceLevel += length;
    if (this.sinceLevel >= LEVEL_EVERY_S * sampleRate) this.report();
    return true;
  }

  play(outputs, n) {
    const [piece] = this.pieces;
    if (!piece) {
      this.isPlaying = false; // run dry: gather again
      return;
    }
    for (const side of [0, 1]) {
      const sample = piece[side][this.at];
      outputs[side][0][n] = sample;
      this.loudest[side] = Math.max(this.loudest[side], Math.abs(sample));
    }
    this.at += 1;
    this.waiting -= 1;
    if (this.at === piece[0].length) {
      this.pieces.shift();
      this.at = 0;
    }
  }

  report() {
    this.port.postMessage(this.loudest);
    this.loudest = [0, 0];
    this.sinceLevel = 0;
  }
}

registerProcessor("call-sound", CallSound);
