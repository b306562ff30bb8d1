// The agent's softphone: signed in while the desk is open, rung by the carrier, answered by the buttons of the desk.
//
// Two ways lead to it, and the server names which: a plain socket that carries frames, or the carrier's own SDK. Both
// have the same face: `connect(on)` with what happens told to `on`, then `accept`, `hangUp`, `mute`, `press`.
import { announce, notify } from "./notices.js";
import { SocketLine } from "./softphone_socket.js";
import { VendorLine } from "./softphone_vendor.js";

const ADAPTERS = { socket: SocketLine, twilio: VendorLine };
const AGAIN_MS = 3000;
const RENEW_MS = 50 * 60 * 1000; // a token lasts an hour

const WORDS = {
  connecting: "Softphone: connecting…",
  ready: "Softphone ready",
  ringing: "Softphone rings",
  talking: "Microphone on",
  muted: "Microphone off",
  lost: "Softphone lost, connecting again…",
};

class Softphone extends HTMLElement {
  #line;
  #isWanted = false; // the person has pressed Accept, or wants to hear the brief

  connectedCallback() {
    this.#open();
    document.addEventListener("click", this.#clicked);
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.#clicked);
    this.#line?.close();
  }

  async #open() {
    this.#show("connecting");
    let key;
    try {
      const answer = await fetch(this.dataset.token, { method: "POST", headers: headers() });
      key = await answer.json();
    } catch {
      this.#again();
      return;
    }
    if (key.adapter === "none") {
      this.hidden = true;
      this.dataset.state = "none";
      return;
    }
    this.hidden = false;
    this.#line = new ADAPTERS[key.adapter](key);
    try {
      await this.#line.connect({
        ready: () => this.#show("ready"),
        ringing: () => this.#rung(),
        talking: () => this.#show("talking"),
        ended: () => this.#over(),
        lost: () => this.#again(),
        problem: (text) => notify(text, "error"),
      });
      setTimeout(() => this.#renew(), RENEW_MS);
    } catch (error) {
      notify(`The softphone could not be started: ${error.message}`, "error");
      this.#again();
    }
  }

  #renew() {
    if (this.dataset.state !== "ready") return setTimeout(() => this.#renew(), 60_000);
    this.#line?.close();
    return this.#open();
  }

  #again() {
    if (!this.isConnected) return;
    this.#show("lost");
    setTimeout(() => this.isConnected && this.#open(), AGAIN_MS);
  }

  #rung() {
    this.#show("ringing");
    if (this.#isWanted) this.#answer();
  }

  async #answer() {
    this.#isWanted = false;
    try {
      await this.#line.accept();
    } catch (error) {
      notify(`The microphone is needed to talk: ${error.message}`, "error");
    }
  }

  #over() {
    this.#isWanted = false;
    this.#show("ready");
  }

  #clicked = ({ target }) => {
    if (target.closest("[data-accept], [data-hear-brief]")) {
      this.#isWanted = true;
      if (this.dataset.state === "ringing") this.#answer();
      else setTimeout(() => (this.#isWanted = false), 30_000);
    }
    const mute = target.closest("[data-mute]");
    if (mute && this.#line) {
      const isMuted = mute.getAttribute("aria-pressed") !== "true";
      this.#line.mute(isMuted);
      mute.setAttribute("aria-pressed", String(isMuted));
      mute.textContent = isMuted ? "Unmute me" : "Mute me";
      this.#show(isMuted ? "muted" : "talking");
    }
  };

  #show(state) {
    if (this.dataset.state === state) return;
    this.dataset.state = state;
    this.textContent = WORDS[state];
    if (state === "ringing" || state === "lost") announce(WORDS[state]);
  }
}

const headers = () => JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}");

customElements.define("agent-softphone", Softphone);
