// The play buffer of a media stream as the carrier has it: sound in order of arrival, marks between, and a clear that
// empties it and gives every mark back at once.
// https://www.twilio.com/docs/voice/media-streams/websocket-messages

export class PlayQueue {
  constructor(returned) {
    this.returned = returned; // told the name of every mark that is reached, or cleared
    this.waiting = []; // samples, or a mark's name
    this.place = 0; // in the first samples
  }

  /** Samples to be played after what waits already. */
  play(samples) {
    if (samples.length) this.waiting.push(samples);
  }

  /** Give this name back when everything before it has been played. */
  mark(name) {
    if (this.waiting.length) this.waiting.push(name);
    else this.returned(name);
  }

  /** Play nothing of what waits. */
  clear() {
    const { waiting } = this;
    this.waiting = [];
    this.place = 0;
    for (const one of waiting) if (typeof one === "string") this.returned(one);
  }

  /** Fill these samples; the loudest of them. What nothing is there for stays silent. */
  fill(out) {
    let loudest = 0;
    let n = 0;
    while (n < out.length && this.waiting.length) {
      const samples = this.waiting[0];
      if (typeof samples === "string") {
        this.#next();
        continue;
      }
      const count = Math.min(out.length - n, samples.length - this.place);
      for (let k = 0; k < count; k++) {
        const sample = samples[this.place + k];
        out[n + k] = sample;
        loudest = Math.max(loudest, Math.abs(sample));
      }
      n += count;
      this.place += count;
      if (this.place === samples.length) this.waiting.shift(), (this.place = 0);
    }
    while (typeof this.waiting[0] === "string") this.#next();
    return loudest;
  }

  #next() {
    this.returned(this.waiting.shift());
  }
}
