"""The running house looked at with real browsers: everybody has a screen, and a microphone that says one sentence."""

import asyncio
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from playwright.async_api import Browser, Page, async_playwright

from sandbox import audio, speech
from tests import chromium
from tests.complaints import Complaints
from tests.journeys.house import House

RATE = 48_000  # what a browser's microphone gives
PAUSE_S = 3
# A file has no room around it: what is done against echoes takes from a voice what the sandbox's ear knows it by.
PLAIN_MICROPHONE = """
const devices = navigator.mediaDevices;
const ask = devices?.getUserMedia.bind(devices);
if (ask) devices.getUserMedia = () =>
  ask({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
"""
# Sockets that a test may cut.
SOCKETS = """
window.sockets = [];
window.WebSocket = class extends WebSocket {
  constructor(...how) {
    super(...how);
    window.sockets.push(this);
  }
};
"""


class Screens:
    """The screens of people of the demo, in one browser."""

    def __init__(self, house: House, browser: Browser, complaints: Complaints) -> None:
        self._complaints = complaints
        self._house = house
        self._browser = browser

    async def open(self, path: str, who: str, *, may_speak: bool = False) -> Page:
        """A page as somebody of the demo sees it; who may speak has allowed the microphone."""
        session = await asyncio.to_thread(self._house.sign_in, f"{who}@demo.test")
        context = await self._browser.new_context(
            base_url=self._house.url,
            viewport={"width": 1440, "height": 900},
            reduced_motion="reduce",
            permissions=["microphone"] if may_speak else [],
        )
        await context.add_cookies(
            [{"name": name, "value": str(value), "url": self._house.url} for name, value in session.cookies.items()]
        )
        await context.add_init_script(PLAIN_MICROPHONE)
        await context.add_init_script(SOCKETS)
        page = await context.new_page()
        page.set_default_timeout(15_000)
        self._complaints.listen(page)
        await page.goto(path)
        return page


@asynccontextmanager
async def opened(
    house: House, *, says: str, complaints: Complaints, pause_s: int = PAUSE_S, before_s: int = 0
) -> AsyncIterator[Screens]:
    """A browser whose microphone says this again and again, with this pause between, after a first one."""
    program = chromium.find()
    assert program, "no Chromium: set CHROMIUM, or run `make test`, which installs one"
    microphone = house.var / "microphone.wav"
    speak_into(microphone, says, pause_s=pause_s, before_s=before_s)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--autoplay-policy=no-user-gesture-required",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={microphone}",
            ],
        )
        yield Screens(house, browser, complaints)
        await browser.close()


def speak_into(file: Path, text: str, *, pause_s: int = PAUSE_S, before_s: int = 0) -> None:
    """A sentence and a pause, as a microphone gives them; the browser plays the file round and round."""
    words = audio.decode_mulaw(speech.say(text).audio).astype(np.float64)
    at = np.arange(len(words) * RATE // 8000) * 8000 / RATE
    sound = np.interp(at, np.arange(len(words)), words).astype("<i2")
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(bytes(2 * RATE * before_s) + sound.tobytes() + bytes(2 * RATE * pause_s))
