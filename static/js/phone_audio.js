// Microphone and speaker of a test call: chosen devices, mu-law on the line's side, levels for the meters.
import { decode, encode } from "./g711.js";

const WORKLET = new URL("./phone.worklet.js", import.meta.url);
const SILENCE = new Uint8Array(160).fill(0xff);

/** Whether this browser lets a page choose where its sound is played. */
export const canChooseSpeaker = () => "setSinkId" in AudioContext.prototype;

/** The devices of a kind that have a name, once the microphone was allowed. */
export async function devices(kind) {
  const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return all.filter((one) => one.kind === kind && one.label && one.deviceId !== "default");
}

export class PhoneAudio {
  #context;
  #microphone;
  #source;
  #ear;
  #speaker;
  isMuted = false;

  /** Begin. `on.frame` gets mu-law bytes, `on.mark` a name, `on.level(you, assistant)` numbers from 0 to 1 or nothing. */
  async start({ microphone, speaker, on }) {
    this.#microphone = await listen(microphone);
    this.#context = new AudioContext({ latencyHint: "interactive" });
    await this.#context.audioWorklet.addModule(WORKLET);
    if (speaker) await this.useSpeaker(speaker);
    this.#speaker = new AudioWorkletNode(this.#context, "phone-speaker", { numberOfInputs: 0, outputChannelCount: [1] });
    this.#speaker.connect(this.#context.destination);
    this.#speaker.port.onmessage = ({ data }) => {
      if (data.mark) on.mark(data.mark);
      else on.played(data.level, data.soundedMs);
    };
    this.#ear = new AudioWorkletNode(this.#context, "phone-microphone", { outputChannelCount: [1] });
    // An output that says nothing: some browsers do not run what leads nowhere.
    this.#ear.connect(this.#context.destination);
    this.#ear.port.onmessage = ({ data }) => {
      on.heard(this.isMuted ? 0 : data.reduce((loudest, sample) => Math.max(loudest, Math.abs(sample)), 0));
      on.frame(this.isMuted ? SILENCE : encode(data));
    };
    this.#connect();
    for (const track of this.#microphone.getTracks()) track.onended = () => on.unplugged();
    await this.#context.resume();
  }

  async useMicrophone(id) {
    if (!this.#context) return;
    const next = await listen(id);
    this.#source.disconnect();
    for (const track of this.#microphone.getTracks()) track.stop();
    this.#microphone = next;
    this.#connect();
  }

  async useSpeaker(id) {
    if (this.#context && canChooseSpeaker()) await this.#context.setSinkId(id);
  }

  play(bytes) {
    this.#speaker?.port.postMessage({ samples: decode(bytes) });
  }

  mark(name) {
    this.#speaker?.port.postMessage({ mark: name });
  }

  clear() {
    this.#speaker?.port.postMessage({ clear: true });
  }

  stop() {
    for (const track of this.#microphone?.getTracks() ?? []) track.stop();
    this.#context?.close();
    this.#context = this.#microphone = this.#source = this.#ear = this.#speaker = undefined;
  }

  #connect() {
    this.#source = this.#context.createMediaStreamSource(this.#microphone);
    this.#source.connect(this.#ear);
  }
}

function listen(id) {
  const chosen = id ? { deviceId: { exact: id } } : {};
  return navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1, ...chosen },
  });
}
