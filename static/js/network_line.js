// The line of a test call's page at the telephone network: registered while the call lasts, rung by the server when
// somebody is put through, and answered by itself. It goes the same two ways as the agent's softphone.
import { SocketLine } from "./softphone_socket.js";
import { VendorLine } from "./softphone_vendor.js";

const ADAPTERS = { socket: SocketLine, twilio: VendorLine };
const AGAIN_MS = 3000;

export class NetworkLine {
  #key;
  #on;
  #line;
  #again = 0;
  #isClosed = false;

  /** `key` names the way, or says that there is none. `on.ended` and `on.problem` are told what happens. */
  constructor(key, on) {
    this.#key = key ?? {};
    this.#on = on;
  }

  /** Be there to be rung; `devices` answers with the microphone and the speaker to be used then. */
  async open(devices) {
    const Adapter = ADAPTERS[this.#key.adapter];
    if (!Adapter || this.#isClosed) return;
    this.#line = new Adapter(this.#key);
    try {
      await this.#line.connect({
        ready: () => {},
        ringing: () => this.#answer(devices()),
        talking: () => {},
        ended: () => this.#isClosed || this.#on.ended(),
        lost: () => this.#openAgain(devices),
        problem: (text) => this.#on.problem(text),
      });
    } catch (error) {
      this.#on.problem(`Nobody can be put through to this page: ${error.message}`);
    }
  }

  hangUp() {
    this.#line?.hangUp();
  }

  mute(isMuted) {
    this.#line?.mute(isMuted);
  }

  press(key) {
    this.#line?.press(key);
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#again);
    this.#line?.close();
  }

  async #answer(devices) {
    try {
      await this.#line.accept(devices);
    } catch (error) {
      this.#on.problem(`The microphone could not be used for the telephone line: ${error.message}`);
    }
  }

  #openAgain(devices) {
    if (this.#isClosed) return;
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.open(devices), AGAIN_MS);
  }
}
