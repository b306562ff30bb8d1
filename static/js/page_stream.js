// Media Streams as the carrier speaks them, from a page: `connected`, `start`, a frame every 20 ms, marks that come back.
// Decides nothing and knows no socket: `send` takes the text of a message, `player` is told what to play.
// https://www.twilio.com/docs/voice/media-streams/websocket-messages
import { fromBase64, toBase64 } from "./g711.js";

const FRAME_MS = 20;

export class PageStream {
  #send;
  #player;
  #streamSid = "";
  #sequence = 0;
  #frames = 0;

  constructor(send, player) {
    this.#send = send;
    this.#player = player;
  }

  /** The line is up. */
  start({ callSid, streamSid, ticket }) {
    this.#streamSid = streamSid;
    this.#send(JSON.stringify({ event: "connected", protocol: "Call", version: "1.0.0" }));
    this.#say("start", {
      accountSid: "",
      streamSid,
      callSid,
      tracks: ["inbound"],
      mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
      customParameters: { ticket },
    });
  }

  /** 20 ms of the caller: 160 bytes of mu-law. */
  frame(bytes) {
    this.#frames += 1;
    this.#say("media", {
      track: "inbound",
      chunk: String(this.#frames),
      timestamp: String(this.#frames * FRAME_MS),
      payload: toBase64(bytes),
    });
  }

  key(digit) {
    this.#say("dtmf", { track: "inbound_track", digit });
  }

  /** Everything before this mark was played, or dropped. */
  marked(name) {
    this.#say("mark", { name });
  }

  stop(callSid) {
    this.#say("stop", { accountSid: "", callSid });
  }

  /** A message of the server. */
  take(text) {
    const message = JSON.parse(text);
    if (message.streamSid !== this.#streamSid) return;
    if (message.event === "media") this.#player.play(fromBase64(message.media.payload));
    else if (message.event === "mark") this.#player.mark(message.mark.name);
    else if (message.event === "clear") this.#player.clear();
  }

  #say(event, body) {
    this.#sequence += 1;
    const sequenceNumber = String(this.#sequence);
    this.#send(JSON.stringify({ event, sequenceNumber, streamSid: this.#streamSid, [event]: body }));
  }
}
