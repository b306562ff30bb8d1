// The ear and the microphone of one call, over one WebSocket that carries mu-law both ways.

import { decode } from "/phone/mulaw.js";

const LEAD_S = 0.12; // how far ahead sound is scheduled, against jitter
const MOST_LEAD_S = 0.6; // more than this has piled up: skip, rather than hear it late

export class Ear {
  /**
   * Opens the socket of a call: what its caller hears, or with `isListener` both sides. `onLevel` gets 0 to 1 for
   * each piece of sound, `onEnd` is called once.
   */
  constructor(sid, { isListener, onLevel, onEnd }) {
    this.context = new AudioContext({ sampleRate: 8000 });
    this.gain = this.context.createGain();
    this.gain.connect(this.context.destination);
    this.next = 0;
    this.onLevel = onLevel;
    this.socket = new WebSocket(`${location.origin.replace("http", "ws")}/_sandbox/calls/${sid}/ear${isListener ? "?both=1" : ""}`);
    this.socket.binaryType = "arraybuffer";
    this.socket.addEventListener("message", (event) => this.hear(new Uint8Array(event.data)));
    this.socket.addEventListener("close", () => { this.close(); onEnd(); });
  }

  hear(bytes) {
    const samples = decode(bytes);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    this.onLevel(power ? Math.max(0, 1 + Math.log10(power) / 5) : 0);
    const now = this.context.currentTime;
    if (this.next < now) this.next = now + LEAD_S;
    if (this.next > now + MOST_LEAD_S) return;
    const buffer = this.context.createBuffer(1, samples.length, 8000);
    buffer.copyToChannel(samples, 0);
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.gain);
    source.start(this.next);
    this.next += buffer.duration;
  }

  mute(isMuted) { this.gain.gain.value = isMuted ? 0 : 1; }

  get isMicrophoneOn() { return Boolean(this.microphone); }

  /** Asks for the microphone and sends it into the call. Rejects when the browser refuses. */
  async openMicrophone() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
    const context = new AudioContext();
    this.microphone = { stream, context };
    await context.audioWorklet.addModule("/phone/microphone-worklet.js");
    const worklet = new AudioWorkletNode(context, "telephone", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    worklet.port.onmessage = ({ data }) => { if (this.socket.readyState === WebSocket.OPEN) this.socket.send(data); };
    let node = context.createMediaStreamSource(stream);
    for (const q of [0.54, 1.31]) { // fourth-order Butterworth at the telephone's band edge
      const filter = new BiquadFilterNode(context, { type: "lowpass", frequency: 3400, Q: 20 * Math.log10(q) });
      node = node.connect(filter);
    }
    node.connect(worklet);
  }

  closeMicrophone() {
    this.microphone?.stream.getTracks().forEach((track) => track.stop());
    this.microphone?.context.close();
    this.microphone = null;
  }

  close() {
    this.closeMicrophone();
    if (this.socket.readyState <= WebSocket.OPEN) this.socket.close();
    if (this.context.state !== "closed") this.context.close();
  }
}
