"""Spoiling the frames of a media stream on request: lost, swapped, repeated, and messages that make no sense."""

import base64
import json

from sandbox.carrier.faults import StreamFaults

_BIG_FRAME_BYTES = 750_000  # of sound: about 1 MB as base64

Frame = tuple[int, bytes]


class FrameFaults:
    """Decides for one stream what is sent in place of each regular frame; numbers count from 1."""

    def __init__(self, wanted: StreamFaults) -> None:
        self._wanted = wanted
        self._held: Frame | None = None

    def frames(self, number: int, sound: bytes) -> list[Frame]:
        """The frames to send now that frame `number` is ready."""
        wanted = self._wanted
        if wanted.lose_every and number >= wanted.lose_every and number % wanted.lose_every < wanted.lose_frames:
            return []
        if wanted.swap_every and number % wanted.swap_every == 0:
            self._held = (number, sound)
            return []
        ready = [(number, sound)]
        if wanted.repeat_every and number % wanted.repeat_every == 0:
            ready.append((number, sound))
        if self._held:
            ready.append(self._held)
            self._held = None
        return ready

    def oddities(self, number: int, *, stream_sid: str) -> list[str | bytes]:
        """Raw messages to send after frame `number`; bytes go out as a binary frame."""
        wanted = self._wanted
        found: list[str | bytes] = []
        for at, message in (
            (wanted.bad_base64_at, _media(stream_sid, "@@not base64@@")),
            (wanted.empty_payload_at, _media(stream_sid, "")),
            (wanted.binary_frame_at, b"\x00\xff\x00\xff"),
            (wanted.bad_json_at, '{"event":"media","streamSid":'),
            (wanted.unknown_event_at, json.dumps({"event": "weather", "streamSid": stream_sid, "weather": {}})),
        ):
            if at == number:
                found.append(message)
        if wanted.big_frame_at == number:
            found.append(
                _media(stream_sid, base64.b64encode(b"\xff" * _BIG_FRAME_BYTES * wanted.big_frame_mb).decode())
            )
        return found


def _media(stream_sid: str, payload: str) -> str:
    media = {"track": "inbound", "chunk": "1", "timestamp": "20", "payload": payload}
    return json.dumps({"event": "media", "sequenceNumber": "2", "streamSid": stream_sid, "media": media})
