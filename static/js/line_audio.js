// A telephone line's sound in this browser: what the microphone hears goes out in frames, what comes in is played.
import { decode, encode } from "./g711.js";

export class LineAudio {
  #context;
  #microphone;
  #speaker;
  isMuted = false;

  /**
   * Ask for the microphone and begin. `send` gets a frame of 20 ms as mu-law bytes. Throws when it is not allowed.
   * Without a choice of devices they are the browser's.
   */
  async start(send, { microphone, speaker } = {}) {
    this.#context = new AudioContext({ sampleRate: 8000 });
    await this.#context.audioWorklet.addModule(new URL("./line.worklet.js", import.meta.url));
    this.#speaker = new AudioWorkletNode(this.#context, "line-speaker", { outputChannelCount: [1] });
    this.#speaker.connect(this.#context.destination);
    if (speaker && "setSinkId" in this.#context) await this.#context.setSinkId(speaker);
    const chosen = microphone ? { deviceId: { exact: microphone } } : {};
    this.#microphone = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, channelCount: 1, ...chosen },
    });
    const ear = new AudioWorkletNode(this.#context, "line-microphone", { numberOfOutputs: 0 });
    this.#context.createMediaStreamSource(this.#microphone).connect(ear);
    const silence = new Uint8Array(160).fill(0xff);
    ear.port.onmessage = ({ data }) => send(this.isMuted ? silence : encode(data));
    await this.#context.resume();
  }

  /** Play mu-law bytes after what waits already. */
  play(bytes) {
    this.#speaker?.port.postMessage(decode(bytes));
  }

  stop() {
    for (const track of this.#microphone?.getTracks() ?? []) track.stop();
    this.#context?.close();
    this.#context = this.#microphone = this.#speaker = undefined;
  }
}
