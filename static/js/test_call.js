// <test-call>: a telephone in the page. It takes the carrier's place: microphone and speaker on one side, a media stream
// to the server on the other. Who is put through to a person goes over to a line of the telephone network, and stays on
// it. Everything that can go wrong is said in words.
import { NetworkLine } from "./network_line.js";
import { announce } from "./notices.js";
import { PageStream } from "./page_stream.js";
import { canChooseSpeaker, devices, PhoneAudio } from "./phone_audio.js";
import { afterClose, beforeCall, isPutThrough, ofMicrophone } from "./test_call_words.js";

const LOUD = 0.01;

class TestCall extends HTMLElement {
  #audio;
  #socket;
  #stream;
  #network; // the other line, which is rung when somebody is put through
  #isOnNetwork = false;
  #isMuted = false;
  #call; // what the server has given for this one
  #startedAt = 0;
  #ticking = 0;
  #hasSpoken = false;

  connectedCallback() {
    this.#part("call").addEventListener("click", () => this.#begin());
    this.#part("hang-up").addEventListener("click", () => this.#hangUp());
    this.#part("mute").addEventListener("click", () => this.#mute());
    this.#part("microphone").addEventListener("change", ({ target }) => this.#change("useMicrophone", target.value));
    this.#part("speaker").addEventListener("change", ({ target }) => this.#change("useSpeaker", target.value));
    for (const key of this.querySelectorAll("[data-key]")) {
      key.addEventListener("click", () => this.#press(key.dataset.key));
    }
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.#listDevices());
    this.#part("speaker").disabled = !canChooseSpeaker();
    this.#listDevices();
  }

  disconnectedCallback() {
    this.#hangUp();
  }

  async #begin() {
    if (this.dataset.state !== "idle") return;
    this.#tell("");
    const problem = beforeCall({ isSecure: isSecureContext, hasDevices: Boolean(navigator.mediaDevices), at: this.dataset.secure });
    if (problem) return this.#tell(problem);
    this.#show("asking", "Asking for the microphone…");
    const audio = new PhoneAudio();
    this.#audio = audio;
    try {
      await audio.start({
        microphone: this.#part("microphone").value,
        speaker: this.#part("speaker").value,
        on: {
          frame: (bytes) => this.#isOpen() && this.#stream.frame(bytes),
          mark: (name) => this.#isOpen() && this.#stream.marked(name),
          heard: (level) => this.#level("you", level),
          played: (level, soundedMs) => this.#played(level, soundedMs),
          unplugged: () => this.#tell("The microphone is gone. Choose another one, or hang up."),
        },
      });
    } catch (error) {
      return this.#fail(ofMicrophone(error));
    }
    if (this.#audio !== audio) return audio.stop(); // hung up meanwhile
    this.#listDevices();
    this.#show("connecting", "Connecting…");
    const { problem: refused, ...call } = await this.#ask();
    if (this.#audio !== audio) return undefined;
    if (refused) return this.#fail(refused);
    return this.#connect(call);
  }

  async #ask() {
    try {
      const answer = await fetch(this.dataset.begin, {
        method: "POST",
        headers: JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}"),
      });
      if (answer.redirected) return { problem: "You are signed out. Reload the page to sign in again." };
      if (answer.status === 403) return { problem: "Your role may not hold test calls." };
      if (!answer.ok && answer.status !== 409) return { problem: "The server could not begin the call. Try again." };
      return await answer.json();
    } catch {
      return { problem: "The server does not answer. Is it running?" };
    }
  }

  #connect(call) {
    this.#call = call;
    this.#hasSpoken = this.#isOnNetwork = this.#isMuted = false;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}${call.path}`);
    this.#socket = socket;
    this.#stream = new PageStream((text) => socket.send(text), this.#audio);
    socket.addEventListener("open", () => {
      this.#startedAt = performance.now();
      this.#stream.start(call);
      this.#show("talking", "In a call");
      this.#ticking = setInterval(() => this.#tick(), 500);
      this.#beside();
      this.#bePutThrough(call.line);
    });
    socket.addEventListener("message", ({ data }) => this.#stream?.take(data));
    socket.addEventListener("close", ({ code, reason }) => {
      if (this.#socket !== socket) return;
      if (isPutThrough(reason)) return this.#goneOver();
      this.#over(afterClose({ code, reason, wasOpen: this.dataset.state === "talking" }));
    });
  }

  #bePutThrough(key) {
    this.#network = new NetworkLine(key, {
      // A line that was rung and let go again changes nothing while the first one is there.
      ended: () => this.#isOnNetwork && this.#over({ text: "The call was ended.", isFault: false }),
      problem: (text) => this.#tell(text),
    });
    this.#network.open(() => ({ microphone: this.#part("microphone").value, speaker: this.#part("speaker").value }));
  }

  /** The server has let go of the first line: all that is said goes by the telephone network now. */
  #goneOver() {
    this.#isOnNetwork = true;
    this.#socket = this.#stream = undefined;
    this.#audio?.stop();
    this.#network.mute(this.#isMuted);
    this.#level("you", 0);
    this.#level("assistant", 0);
    this.#show("talking", "In a call, by telephone line");
  }

  #press(key) {
    if (this.#isOnNetwork) this.#network.press(key);
    else this.#stream?.key(key);
  }

  #isOpen() {
    return this.dataset.state === "talking" && this.#socket?.readyState === WebSocket.OPEN;
  }

  #beside() {
    const target = document.getElementById("test-beside");
    const url = this.dataset.beside.replace("/0/", `/${this.#call.call}/`);
    htmx.ajax("GET", url, { source: target, target, swap: "innerHTML" });
  }

  #hangUp() {
    if (this.dataset.state === "idle") return;
    if (this.#isOnNetwork) this.#network.hangUp();
    else if (this.#isOpen()) this.#stream.stop(this.#call.callSid);
    this.#over({ text: "You hung up.", isFault: false });
  }

  #fail(text) {
    this.#over({ text, isFault: true });
  }

  /** The call is over, or did not begin. */
  #over({ text, isFault }) {
    const wasTalking = this.dataset.state === "talking";
    clearInterval(this.#ticking);
    const socket = this.#socket;
    this.#socket = this.#stream = undefined;
    socket?.close(1000);
    this.#network?.close();
    this.#network = undefined;
    this.#isOnNetwork = false;
    this.#audio?.stop();
    this.#audio = undefined;
    this.#level("you", 0);
    this.#level("assistant", 0);
    this.#show("idle", isFault ? "Not in a call" : text);
    if (isFault) this.#tell(text);
    if (wasTalking) this.#refreshFigures();
  }

  #refreshFigures() {
    const { call } = this.#call;
    setTimeout(() => {
      const target = document.getElementById(`test-figures-${call}`);
      const url = this.dataset.figures.replace("/0/", `/${call}/`);
      if (target) htmx.ajax("GET", url, { source: target, target, swap: "outerHTML" });
    }, 700);
  }

  #mute() {
    if (!this.#audio) return;
    this.#isMuted = !this.#isMuted;
    this.#audio.isMuted = this.#isMuted;
    if (this.#isOnNetwork) this.#network.mute(this.#isMuted);
    const button = this.#part("mute");
    button.setAttribute("aria-pressed", String(this.#isMuted));
    button.querySelector("span").textContent = this.#isMuted ? "Unmute me" : "Mute me";
    announce(this.#isMuted ? "Your microphone is off" : "Your microphone is on");
  }

  async #change(verb, id) {
    try {
      await this.#audio?.[verb](id);
    } catch (error) {
      this.#tell(ofMicrophone(error));
    }
  }

  async #listDevices() {
    for (const [part, kind] of [["microphone", "audioinput"], ["speaker", "audiooutput"]]) {
      const select = this.#part(part);
      const chosen = select.value;
      const found = await devices(kind);
      while (select.options.length > 1) select.options[1].remove();
      for (const { deviceId, label } of found) select.append(new Option(label, deviceId, false, deviceId === chosen));
    }
  }

  #played(level, soundedMs) {
    this.#level("assistant", level);
    this.dataset.soundedMs = soundedMs;
    this.dataset.loudest = Math.max(Number(this.dataset.loudest ?? 0), level).toFixed(3);
    if (this.#hasSpoken || level < LOUD || this.dataset.state !== "talking") return;
    this.#hasSpoken = true;
    // Levels come every 100 ms: the sound began up to that much earlier.
    const ms = Math.max(0, Math.round((performance.now() - this.#startedAt - 50) / 10) * 10);
    this.#part("first-word").textContent = `${ms} ms`;
  }

  #level(whose, value) {
    this.querySelector(`[data-level="${whose}"]`).value = value;
  }

  #tick() {
    const seconds = Math.floor((performance.now() - this.#startedAt) / 1000);
    this.#part("clock").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  #tell(problem) {
    const shown = this.#part("problem");
    shown.hidden = !problem;
    shown.querySelector("span").textContent = problem;
    if (problem) announce(problem);
  }

  #show(state, said) {
    const hadFocus = this.contains(document.activeElement) && document.activeElement.disabled === false;
    const isIdle = state === "idle";
    this.dataset.state = state;
    this.#part("said").textContent = said;
    announce(said);
    this.#part("hang-up").disabled = isIdle;
    this.#part("mute").disabled = state !== "talking";
    this.querySelector(".test-keys").disabled = state !== "talking";
    if (hadFocus) this.#part(isIdle ? "call" : "hang-up").focus();
    this.#part("call").disabled = !isIdle;
    if (isIdle) {
      this.#part("mute").setAttribute("aria-pressed", "false");
      this.#part("mute").querySelector("span").textContent = "Mute me";
    }
  }

  #part(name) {
    return this.querySelector(`[data-${name}]`);
  }
}

customElements.define("test-call", TestCall);
