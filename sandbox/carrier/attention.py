"""What a scripted caller makes of the sound: these words were said, there was the beep."""

import re

from sandbox import signals, speech
from sandbox.carrier.ear import Ear
from sandbox.carrier.line import BYTES_PER_MS
from sandbox.carrier.state import Call, Carrier

_LOOK_EVERY_MS = 100
_LONGEST = 15_000 * BYTES_PER_MS  # no question is longer
_TWO_SECONDS = 2_000 * BYTES_PER_MS
_BEEP_IS_OVER_MS = 40


class Attention:
    """Follows what the caller hears, from the answer on; what was made out once is not made out again."""

    def __init__(self, carrier: Carrier, call: Call) -> None:
        self._carrier, self._line = carrier, call.line
        self._since = 0  # what came before is dealt with

    async def words(self, pattern: str, *, give_up_at_ms: float) -> bool:
        """Wait until these words (a regular expression, in any case) are said; to about 100 ms."""
        wanted, track = re.compile(pattern, re.IGNORECASE), self._line.outbound
        self._line.run()
        ear, heard_ms = Ear(track, since=max(self._since, len(track.past) - _LONGEST)), -1
        while self._carrier.clock.now_ms() < give_up_at_ms:
            self._line.run()
            ear.listen()
            if ear.spoken_ms != heard_ms:
                heard_ms = ear.spoken_ms
                sound = bytes(track.past[max(self._since, len(track.past) - _LONGEST) :])
                if wanted.search(speech.recognise(sound) or ""):
                    self._since = len(track.past)
                    return True
            await self._carrier.clock.sleep(_LOOK_EVERY_MS)
        return False

    async def beep(self, *, give_up_at_ms: float) -> bool:
        """Wait until a beep is over."""
        track = self._line.outbound
        while self._carrier.clock.now_ms() < give_up_at_ms:
            self._line.run()
            begin = max(self._since, len(track.past) - _TWO_SECONDS)
            sound = bytes(track.past[begin:])
            over_ms = len(sound) / BYTES_PER_MS - _BEEP_IS_OVER_MS
            if any(end <= over_ms for _, end in signals.find_beeps(sound)):
                self._since = len(track.past)
                return True
            await self._carrier.clock.sleep(_LOOK_EVERY_MS)
        return False
