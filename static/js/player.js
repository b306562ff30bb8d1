// <call-player>: the recording of a call. One clock for waveform, controls and transcript: the call's own. Each side can
// be muted; both are heard in both ears. The plain <audio> inside is what browsers without scripts show.
import { clock } from "./clock.js";

const WAVESURFER = new URL("../vendor/wavesurfer-8.0.1/wavesurfer.esm.js", import.meta.url);

class CallPlayer extends HTMLElement {
  async connectedCallback() {
    if (this.life || !document.body.dataset.may.split(" ").includes(this.dataset.needs ?? "hear")) return;
    this.life = new AbortController();
    this.audio = this.querySelector("audio");
    this.offset = Number(this.dataset.offset);
    this.length = Number(this.dataset.duration);
    this.gains = new Map();
    this.seek = this.querySelector("[data-seek]");
    this.#wireControls();
    this.audio.preload = "metadata";
    for (const part of this.querySelectorAll(".player-wave, .player-bar")) part.hidden = false;
    this.dataset.ready = "";
    this.#startAtAddress();
    await this.#draw();
  }

  disconnectedCallback() {
    // A morph may take an element out and put it back at once.
    queueMicrotask(() => {
      if (this.isConnected || !this.life) return;
      this.life.abort();
      this.audio.pause();
      this.wave?.destroy();
      this.context?.close();
    });
  }

  /** Play or pause. */
  toggle() {
    if (this.audio.paused) this.#play();
    else this.audio.pause();
    return true;
  }

  /** Go some seconds on or back. */
  skip(seconds) {
    return this.goTo(this.audio.currentTime * 1000 + seconds * 1000);
  }

  /** Go to a moment of the recording, in milliseconds of its own clock. */
  goTo(ms) {
    this.audio.currentTime = Math.min(Math.max(ms, 0), this.length) / 1000;
    this.#moved();
    return true;
  }

  /** Go to the next turn, or the one before. */
  step(by) {
    const starts = this.#turns().filter((turn) => turn.dataset.kind === "turn").map((turn) => Number(turn.dataset.from));
    const at = this.audio.currentTime * 1000;
    const next = by > 0 ? starts.find((start) => start > at + 50) : starts.findLast((start) => start < at - 1000);
    if (next !== undefined) this.goTo(next);
  }

  /** Mute a side, or let it be heard again. */
  mute(side) {
    const button = this.querySelector(`[data-side="${side}"]`);
    if (!button) return;
    const isMuted = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(isMuted));
    this.#connect();
    const gain = this.gains.get(Number(button.dataset.mute));
    if (gain) gain.gain.value = isMuted ? 0 : 1;
  }

  /** The lines of the transcript that are heard in this recording. */
  #turns() {
    return [...document.querySelectorAll(`.turn[data-tape="${this.dataset.tape}"]`)];
  }

  /** The other recordings of the call: one is played at a time. */
  #others() {
    return [...document.querySelectorAll("call-player[data-ready]")].filter((player) => player !== this);
  }

  /** Split the channels once; browsers allow it only after a person has acted. */
  #connect() {
    if (this.context) return;
    this.context = new AudioContext();
    const source = this.context.createMediaElementSource(this.audio);
    const splitter = this.context.createChannelSplitter(2);
    source.connect(splitter);
    for (const button of this.querySelectorAll("[data-mute]")) {
      const channel = Number(button.dataset.mute);
      const gain = this.context.createGain();
      splitter.connect(gain, channel);
      gain.connect(this.context.destination); // one channel into both ears
      this.gains.set(channel, gain);
    }
  }

  async #play() {
    this.#connect();
    await this.context.resume();
    await this.audio.play();
  }

  #wireControls() {
    const play = this.querySelector("[data-play]");
    const icon = play.querySelector("use");
    const show = () => {
      const isPaused = this.audio.paused;
      play.setAttribute("aria-label", isPaused ? "Play" : "Pause");
      icon.setAttribute("href", icon.getAttribute("href").replace(/#.*/, isPaused ? "#play" : "#pause"));
    };
    play.addEventListener("click", () => this.toggle());
    for (const event of ["play", "pause", "ended"]) this.audio.addEventListener(event, show);
    for (const event of ["timeupdate", "seeked"]) this.audio.addEventListener(event, () => this.#moved());
    this.audio.addEventListener("pause", () => this.#keepInAddress());
    this.audio.addEventListener("play", () => this.#others().forEach((player) => player.audio.pause()));
    this.seek.addEventListener("input", () => this.goTo(Number(this.seek.value)));
    this.querySelector("[data-speed]").addEventListener("change", ({ target }) => {
      this.audio.playbackRate = Number(target.value);
    });
    for (const button of this.querySelectorAll("[data-mute]")) {
      button.addEventListener("click", () => this.mute(button.dataset.side));
    }
    document.addEventListener("click", (event) => this.#clicked(event), { signal: this.life.signal });
  }

  #clicked(event) {
    const turn = event.target.closest(".turn[data-from]");
    if (!this.#turns().includes(turn) || event.target.closest("details") || getSelection().toString()) return;
    event.preventDefault();
    this.goTo(Number(turn.dataset.from));
    this.#keepInAddress();
  }

  #moved() {
    const at = this.audio.currentTime * 1000;
    this.seek.value = String(at);
    const said = clock(at + this.offset);
    this.seek.setAttribute("aria-valuetext", `${said} of ${clock(this.length + this.offset)}`);
    this.querySelector("[data-clock]").textContent = said;
    this.#markTurn(at);
  }

  #markTurn(at) {
    const playing = this.#turns().findLast((turn) => Number(turn.dataset.from) <= at + 20 && at < Number(turn.dataset.to) + 400);
    if (playing === this.marked && (!playing || playing.hasAttribute("aria-current"))) return;
    this.marked?.removeAttribute("aria-current");
    this.marked = playing;
    playing?.setAttribute("aria-current", "true");
    if (playing && !this.audio.paused) playing.scrollIntoView({ block: "nearest" });
  }

  #keepInAddress() {
    const url = new URL(location.href);
    url.searchParams.set("t", String(Math.max(Math.floor((this.audio.currentTime * 1000 + this.offset) / 1000), 0)));
    history.replaceState(history.state, "", url);
  }

  #startAtAddress() {
    const second = new URLSearchParams(location.search).get("t");
    if (second === null || !Number.isFinite(Number(second))) return;
    const ms = Number(second) * 1000 - this.offset;
    const isElsewhere = ms < -1000 || ms > this.length;
    if (isElsewhere && document.querySelectorAll("call-player").length > 1) return;
    const begin = () => {
      this.goTo(ms);
      this.marked?.scrollIntoView({ block: "center" });
    };
    if (this.audio.readyState > 0) begin();
    else this.audio.addEventListener("loadedmetadata", begin, { once: true });
  }

  async #draw() {
    const [{ default: WaveSurfer }, answer] = await Promise.all([import(WAVESURFER), fetch(this.dataset.peaks)]);
    if (!answer.ok || !this.isConnected) return;
    const { peaks } = await answer.json();
    // Made outside the page first: wavesurfer writes a <style> of its own, which our Content-Security-Policy refuses
    // in a page. As a constructed sheet the same rules are allowed.
    const outside = document.createElement("div");
    outside.className = "player-draw";
    this.wave = WaveSurfer.create({
      container: outside,
      media: this.audio,
      peaks,
      duration: this.length / 1000,
      normalize: true,
      cursorWidth: 2,
      barWidth: 2,
      barGap: 1,
      ...this.#colours(),
      splitChannels: this.#sides(peaks.length),
    });
    const { shadowRoot } = outside.firstElementChild;
    const rules = shadowRoot.querySelector("style");
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(rules.textContent);
    shadowRoot.adoptedStyleSheets = [sheet];
    rules.remove();
    this.querySelector("[data-draw]").replaceChildren(outside);
    this.dataset.drawn = "";
    const recolour = () => this.wave.setOptions({ ...this.#colours(), splitChannels: this.#sides(peaks.length) });
    document.addEventListener("themechange", recolour, { signal: this.life.signal });
  }

  #colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  #colours() {
    return { cursorColor: this.#colour("--color-base-content") };
  }

  #sides(count) {
    const sides = [...this.querySelectorAll("[data-mute]")].map((button) => button.dataset.side);
    const height = Math.floor(72 / count);
    return Array.from({ length: count }, (_, channel) => {
      const isOurs = sides[channel] === "assistant";
      return {
        height,
        waveColor: this.#colour(isOurs ? "--color-primary" : "--caller"),
        progressColor: this.#colour(isOurs ? "--assistant-played" : "--caller-played"),
      };
    });
  }
}

customElements.define("call-player", CallPlayer);
