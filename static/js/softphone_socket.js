// A softphone over a plain socket: JSON messages, and sound in frames of 20 ms as base64 mu-law.
import { fromBase64, toBase64 } from "./g711.js";
import { LineAudio } from "./line_audio.js";

export class SocketLine {
  #key;
  #socket;
  #on;
  #audio;
  #ringing = ""; // the call that rings, by the carrier's name for it
  #isClosed = false;

  constructor(key) {
    this.#key = key;
  }

  connect(on) {
    this.#on = on;
    this.#socket = new WebSocket(this.#key.url);
    this.#socket.onopen = () => this.#send({ type: "hello", token: this.#key.token });
    this.#socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
    this.#socket.onclose = () => {
      const wasOnCall = Boolean(this.#audio);
      this.#stopSound();
      if (this.#isClosed) return;
      if (wasOnCall) on.ended();
      on.lost();
    };
  }

  #take(message) {
    switch (message.type) {
      case "ready":
        this.#on.ready();
        break;
      case "refused":
        this.#on.problem(`The softphone was not let in: ${message.message}`);
        break;
      case "incoming":
        this.#ringing = message.call_sid;
        this.#on.ringing();
        break;
      case "answered":
        this.#on.talking();
        break;
      case "audio":
        this.#audio?.play(fromBase64(message.payload));
        break;
      case "ended":
        this.#stopSound();
        this.#on.ended();
        break;
    }
  }

  async accept(devices) {
    this.#audio = new LineAudio();
    await this.#audio.start((bytes) => this.#send({ type: "audio", payload: toBase64(bytes) }), devices);
    this.#send({ type: "accept", call_sid: this.#ringing });
  }

  hangUp() {
    this.#send({ type: "hangup" });
  }

  mute(isMuted) {
    if (this.#audio) this.#audio.isMuted = isMuted;
  }

  press(keys) {
    this.#send({ type: "digits", digits: keys });
  }

  close() {
    this.#isClosed = true;
    this.#socket?.close();
  }

  #stopSound() {
    this.#audio?.stop();
    this.#audio = undefined;
  }

  #send(message) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
