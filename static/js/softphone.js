// The agent's softphone: signed in while the desk is open, rung by the carrier, answered by the buttons of the desk.
//
// Two ways lead to it, and the server names which: a plain socket that carries frames, or the carrier's own SDK. Both
// have the same face: `connect(on)` with what happens told to `on`, then `accept`, `hangUp`, `mute`, `press`.
import { announce, notify } from "./notices.js";
import { SocketLine } from "./softphone_socket.js";
import { VendorLine } from "./softphone_vendor.js";

const ADAPTERS = { socket: SocketLine, twilio: VendorLine };
const AGAIN_MS = 3000;
const WANTED_MS = 30_000;
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
  #isWanted = false; // the person has the call, or wants to hear the brief: it is answered when it rings
  #asked = ""; // the offer whose Accept was pressed, until the desk shows what came of it
  #watching = new MutationObserver(() => this.#decided());
  #mayHear = false; // the microphone was allowed
  #renewal = 0;
  #toldProblem = ""; // one notice, however often it is tried again

  connectedCallback() {
    this.#open();
    document.addEventListener("click", this.#pressed, { capture: true });
    document.addEventListener("click", this.#clicked);
    this.#watching.observe(document.getElementById("desk"), { childList: true, subtree: true });
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.#pressed, { capture: true });
    document.removeEventListener("click", this.#clicked);
    this.#watching.disconnect();
    clearTimeout(this.#renewal);
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
        ready: () => this.#ready(),
        ringing: () => this.#rung(),
        talking: () => this.#show("talking"),
        ended: () => this.#over(),
        lost: () => this.#again(),
        problem: (text) => this.#tell(text),
      });
      this.#renewIn(RENEW_MS);
    } catch (error) {
      this.#tell(`The softphone could not be started: ${error.message}`);
      this.#again();
    }
  }

  #ready() {
    this.#toldProblem = "";
    this.#show("ready");
  }

  #tell(problem) {
    if (problem === this.#toldProblem) return;
    this.#toldProblem = problem;
    notify(problem, "error");
  }

  #renewIn(ms) {
    clearTimeout(this.#renewal);
    this.#renewal = setTimeout(() => this.#renew(), ms);
  }

  #renew() {
    if (this.dataset.state !== "ready") return this.#renewIn(60_000);
    this.#line?.close();
    return this.#open();
  }

  #again() {
    if (!this.isConnected) return;
    clearTimeout(this.#renewal);
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
      notify(`The microphone is needed to talk, and could not be used: ${error.message}.`, "error");
    }
  }

  // A call is accepted by its button only once there is a microphone to talk into: until then nothing is sent.
  #pressed = (event) => {
    const button = event.target.closest("[data-accept], [data-hear-brief]");
    if (!button || this.#mayHear || this.dataset.state === "none") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#askForMicrophone(button);
  };

  async #askForMicrophone(button) {
    try {
      const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
      for (const track of microphone.getTracks()) track.stop();
    } catch (error) {
      const why = error.name === "NotAllowedError" ? "This page may not use the microphone" : "No microphone can be used";
      notify(`${why}, so the call was not accepted. Allow it in the browser, or decline the call.`, "error");
      return;
    }
    this.#mayHear = true;
    if (button.isConnected) button.click();
    else notify("The call is not offered to you any more.", "error");
  }

  // The line is answered after the server has given the person the call: so they hear the caller and not the brief,
  // and a call that went to somebody else is not answered at all.
  #decided() {
    if (!this.#asked) return;
    const card = document.querySelector(`[data-offer="${this.#asked}"], [data-talk="${this.#asked}"]`);
    if (card?.querySelector("[data-accept]")) return;
    this.#asked = "";
    if (card && ["ready", "ringing"].includes(this.dataset.state)) this.#want();
  }

  #want() {
    this.#isWanted = true;
    if (this.dataset.state === "ringing") this.#answer();
    else setTimeout(() => (this.#isWanted = false), WANTED_MS);
  }

  #over() {
    this.#isWanted = false;
    this.#show("ready");
  }

  #clicked = ({ target }) => {
    if (target.closest("[data-hear-brief]")) this.#want();
    if (target.closest("[data-accept]")) this.#asked = target.closest("[data-offer]").dataset.offer;
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
