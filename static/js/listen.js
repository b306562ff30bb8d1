// <call-listen>: the sound of a live call, for somebody whom nobody hears. It opens a socket of its own and plays both
// sides, each with a level and a mute.

import { announce } from "./notices.js";

const STATES = {
  waiting: "Nobody to hear yet",
  listening: "Listening (nobody hears you)",
  over: "The call is over",
};
const CONNECTING = "Connecting…";
const LOST = "Connection lost, trying again…";
const REFUSED = "Your role may not listen.";
const FORBIDDEN = 4403;
const RATE = 8000;
const RETRY_MS = [500, 1000, 2000, 4000, 8000];
const WORKLET = new URL("./listen-worklet.js", import.meta.url);

// Mu-law as linear samples (ITU-T G.711).
const LINEAR = Float32Array.from({ length: 256 }, (_, code) => {
  const inverted = ~code & 0xff;
  const magnitude = ((((inverted & 0x0f) << 3) + 0x84) << ((inverted & 0x70) >> 4)) - 0x84;
  return (inverted & 0x80 ? -magnitude : magnitude) / 32768;
});

function samples(bytes) {
  return Float32Array.from(bytes, (byte) => LINEAR[byte]);
}

class CallListen extends HTMLElement {
  connectedCallback() {
    if (this.button) return; // put back where it was
    this.button = this.querySelector("[data-listen]");
    this.button.addEventListener("click", () => this.toggle());
    for (const side of this.querySelectorAll("[data-side]")) {
      side.addEventListener("click", () => this.#mute(side));
    }
  }

  disconnectedCallback() {
    // A morph may take an element out and put it back at once.
    queueMicrotask(() => {
      if (!this.isConnected) this.#stop("");
    });
  }

  /** Begin to listen, or stop. */
  toggle() {
    if (this.context) this.#stop("");
    else this.#start();
  }

  async #start() {
    this.tries = 0;
    this.context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
    this.#show(CONNECTING);
    const { context } = this;
    await Promise.all([context.resume(), context.audioWorklet.addModule(WORKLET)]);
    if (this.context !== context) return; // stopped meanwhile
    this.node = new AudioWorkletNode(context, "call-sound", {
      numberOfInputs: 0,
      numberOfOutputs: 2,
      outputChannelCount: [1, 1],
    });
    this.gains = ["caller", "assistant"].map((side, output) => {
      const gain = context.createGain();
      this.node.connect(gain, output);
      gain.connect(context.destination);
      return [side, gain];
    });
    for (const side of this.querySelectorAll("[data-side]")) this.#setGain(side);
    this.node.port.addEventListener("message", ({ data }) => this.#levels(data));
    this.node.port.start();
    this.#connect();
  }

  #connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/listen/${this.dataset.call}/`);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => {
      if (this.socket === socket) this.#take(data);
    });
    socket.addEventListener("close", ({ code }) => {
      if (this.socket !== socket) return;
      if (code === FORBIDDEN || this.state === "over") {
        this.#stop(code === FORBIDDEN ? REFUSED : STATES.over);
        return;
      }
      this.#show(LOST);
      const wait = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)];
      this.tries += 1;
      this.retry = setTimeout(() => this.#connect(), wait);
    });
  }

  #take(data) {
    if (typeof data === "string") {
      this.state = JSON.parse(data).state;
      this.#show(STATES[this.state] ?? "");
      return;
    }
    this.tries = 0;
    const bytes = new Uint8Array(data, 4);
    const half = bytes.length / 2;
    const sides = [samples(bytes.subarray(0, half)), samples(bytes.subarray(half))];
    this.node.port.postMessage(sides, sides.map(({ buffer }) => buffer));
  }

  #stop(said) {
    clearTimeout(this.retry);
    const { socket, context } = this;
    this.socket = this.context = this.node = undefined;
    this.state = "";
    socket?.close();
    context?.close();
    this.#show(said);
  }

  #show(said) {
    const isOn = Boolean(this.context);
    this.button.setAttribute("aria-pressed", String(isOn));
    this.button.querySelector("span").textContent = isOn ? "Stop listening" : "Listen";
    this.querySelector(".listen-sides").hidden = !isOn;
    this.dataset.state = isOn ? this.state || "connecting" : "off";
    const shown = this.querySelector("[data-said]");
    if (shown.textContent === said) return;
    shown.textContent = said;
    announce(said);
  }

  #mute(side) {
    side.setAttribute("aria-pressed", String(side.getAttribute("aria-pressed") !== "true"));
    this.#setGain(side);
  }

  #setGain(side) {
    const found = this.gains?.find(([name]) => name === side.dataset.side);
    if (found) found[1].gain.value = side.getAttribute("aria-pressed") === "true" ? 0 : 1;
  }

  #levels(levels) {
    for (const meter of this.querySelectorAll("[data-level]")) {
      meter.value = levels[meter.dataset.level === "caller" ? 0 : 1];
    }
  }
}

customElements.define("call-listen", CallListen);
