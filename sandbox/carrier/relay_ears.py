"""The listening half of a ConversationRelay session: the caller's speech as text, and when it cuts us short."""

from sandbox.carrier.ear import Ear
from sandbox.carrier.state import Call, Carrier
from sandbox.carrier.utterances import Utterances, words_in

# The caller must have spoken for so long to cut us short, by sensitivity. Whoever only says "mm-hm" is done by then.
_SPOKE_MS = {"high": 120, "medium": 300, "low": 600}
_BACKCHANNEL_MS = 700
_PARTIAL_EVERY_MS = 500


class RelayEars:
    """Listens to one call's caller."""

    def __init__(self, carrier: Carrier, call: Call, *, sensitivity: str, ignores_backchannels: bool) -> None:
        self._carrier, self._line = carrier, call.line
        since = call.line.run()
        self._utterances = Utterances(call.line.inbound, since=since)
        self._ear = Ear(call.line.inbound, since=since)
        self._needs_ms = _BACKCHANNEL_MS if ignores_backchannels else _SPOKE_MS[sensitivity]
        self._looked_ms = 0.0
        self._has_cut = False

    @property
    def is_speaking(self) -> bool:
        """Whether the caller speaks."""
        return self._ear.speaking_ms > 0

    def listen(self) -> None:
        """Take in what the line has carried."""
        self._line.run()
        self._ear.listen()
        if not self._ear.speaking_ms:
            self._has_cut = False

    def cuts_in(self) -> bool:
        """Whether the caller has spoken long enough to cut us short; once for each stretch of speech."""
        if self._has_cut or self._ear.speaking_ms < self._needs_ms:
            return False
        self._has_cut = True
        return True

    async def said(self) -> str:
        """What the caller has said, when they have finished; empty while they have not."""
        return await words_in(self._carrier, self._utterances.next())

    async def so_far(self) -> str:
        """What they have said so far; empty when it is too early to ask again."""
        now_ms = self._carrier.clock.now_ms()
        if now_ms - self._looked_ms < _PARTIAL_EVERY_MS:
            return ""
        self._looked_ms = now_ms
        return await words_in(self._carrier, self._utterances.so_far())
