// A softphone over the carrier's own SDK (Twilio Voice SDK for browsers), loaded only where it is used.
// https://www.twilio.com/docs/voice/sdks/javascript/twiliodevice
const SDK = new URL("../vendor/twilio-voice-2.18.5/twilio.min.js", import.meta.url);

function load() {
  if (globalThis.Twilio?.Device) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SDK;
    script.onload = resolve;
    script.onerror = () => reject(new Error("its program did not load"));
    document.head.append(script);
  });
}

export class VendorLine {
  #key;
  #device;
  #call;

  constructor(key) {
    this.#key = key;
  }

  async connect(on) {
    await load();
    this.#device = new globalThis.Twilio.Device(this.#key.token, {
      codecPreferences: ["opus", "pcmu"],
      edge: this.#key.edge || undefined,
      logLevel: "error",
    });
    this.#device.on("registered", on.ready);
    this.#device.on("unregistered", on.lost);
    this.#device.on("error", (error) => on.problem(`Softphone: ${error.message}`));
    this.#device.on("incoming", (call) => {
      this.#call = call;
      call.on("accept", on.talking);
      for (const end of ["disconnect", "cancel", "reject"]) call.on(end, on.ended);
      on.ringing();
    });
    await this.#device.register();
  }

  async accept({ microphone, speaker } = {}) {
    const { audio } = this.#device;
    if (microphone) await audio?.setInputDevice(microphone);
    if (speaker && audio?.isOutputSelectionSupported) await audio.speakerDevices.set(speaker);
    this.#call?.accept();
  }

  hangUp() {
    this.#call?.disconnect();
  }

  mute(isMuted) {
    this.#call?.mute(isMuted);
  }

  press(keys) {
    this.#call?.sendDigits(keys);
  }

  close() {
    this.#device?.removeAllListeners();
    this.#device?.destroy();
  }
}
