"""A leg to the model's SIP address: invited, let in or turned away, and from then on sound in both directions.

https://developers.openai.com/api/docs/guides/realtime-sip: TLS only, the project in the address, headers beginning with
X- passed on.
"""

import asyncio
from typing import Any

from sandbox.audio import FRAME_BYTES, FRAME_MS
from sandbox.carrier import commands
from sandbox.carrier.addresses import Address
from sandbox.carrier.state import Call, CallStatus, Carrier
from sandbox.carrier.values import Reply

HOSTS = ("sip.api.openai.com", "sip-eu.api.openai.com")
_PATIENCE_MS = 20_000  # the model's side gives up when nobody decides
_STATUS = {
    404: CallStatus.FAILED,
    408: CallStatus.NO_ANSWER,
    480: CallStatus.NO_ANSWER,
    486: CallStatus.BUSY,
    603: CallStatus.BUSY,
}


def is_models(address: Address) -> bool:
    """Whether an address is the model's."""
    return address.kind == "sip" and address.who.rpartition("@")[2] in HOSTS


class ModelsTelephone:
    """The model's side of one leg."""

    rings = True

    def __init__(self, carrier: Carrier, call: Call, address: Address) -> None:
        self._carrier, self._leg, self._address = carrier, call, address
        self._invited: Any = None

    async def ring(self) -> Reply:
        """Until somebody decides. An address without TLS, or of another project, reaches nobody."""
        carrier, side = self._carrier, self._carrier.model_side
        assert side is not None
        if side.is_unreachable or "transport=tls" not in self._address.options.split(";"):
            await carrier.clock.sleep(4_000)
            message = "SIP: no response from the far end"
            carrier.ledger.add("error", call_sid=self._leg.parent_sid, code=32011, message=message)
            return Reply(CallStatus.FAILED, 408)
        if self._address.who.partition(":")[2].partition("@")[0] != side.project:
            return Reply(CallStatus.FAILED, 404)
        call = self._invited = side.invite(self._headers())
        try:
            with carrier.waiting(), carrier.unheard():
                await carrier.clock.within(_PATIENCE_MS, call.decided.wait())
        except TimeoutError:
            side.over(call)
            return Reply(CallStatus.NO_ANSWER, 480)
        except asyncio.CancelledError:
            side.over(call)
            raise
        if call.session is None:
            return Reply(_STATUS.get(call.sip_status, CallStatus.FAILED), call.sip_status or 480)
        return Reply(CallStatus.IN_PROGRESS, 200)

    def _headers(self) -> dict[str, str]:
        leg = self._leg
        own = {name: value for name, value in self._address.parameters if name.lower().startswith("x-")}
        return {
            "From": f"<sip:{leg.from_}@sandbox.sip.twilio.com>;tag={leg.sid[-8:]}",
            "To": f"<{self._address.who}>",
            "Call-ID": f"{leg.sid}@sandbox",
            "X-Twilio-AccountSid": self._carrier.account_sid,
            "X-Twilio-CallSid": leg.sid,
            **own,
        }

    async def talk(self) -> None:
        """Carry sound both ways, in frames, until either side is gone; and keys that are pressed."""
        carrier, leg, call = self._carrier, self._leg, self._invited
        session = call.session
        session.wire.output.ear = _Line(leg)
        call.far = _Far(carrier, leg)
        caller = carrier.calls.get(leg.parent_sid)

        def press(digit: str) -> None:
            session.wire.key(digit, received_at=int(carrier.clock.date().timestamp()))

        if caller is not None:
            caller.key_listeners.append(press)
        try:
            with carrier.waiting():  # the application joins the call it has just let in
                joined = asyncio.ensure_future(session.has_had_socket.wait())
                ended = asyncio.ensure_future(leg.ended.wait())
                await asyncio.wait({joined, ended}, timeout=2.0, return_when=asyncio.FIRST_COMPLETED)
                for task in (joined, ended):
                    task.cancel()
            with carrier.unheard():
                await self._carry(session)
        finally:
            if caller is not None and press in caller.key_listeners:
                caller.key_listeners.remove(press)
            if carrier.model_side is not None:
                carrier.model_side.over(call)

    async def _carry(self, session: Any) -> None:
        clock, line = self._carrier.clock, self._leg.line
        heard, due_ms = line.run(), clock.now_ms()
        while self._leg.is_live and not session.wire.is_over:
            due_ms += FRAME_MS
            await clock.until(due_ms)
            line.run()
            while heard + FRAME_BYTES <= len(line.outbound.past):
                session.hear(bytes(line.outbound.past[heard : heard + FRAME_BYTES]))
                heard += FRAME_BYTES
            session.wire.output.tick()


class _Line:
    """The leg, as the model's voice goes into it."""

    def __init__(self, leg: Call) -> None:
        self._line = leg.line

    def put(self, sound: bytes) -> None:
        """Speak."""
        self._line.say(sound)

    def clear(self) -> int:
        """Fall silent; how many bytes were not heard."""
        self._line.run()
        return self._line.inbound.clear()

    def pending(self) -> int:
        """Bytes not heard yet."""
        self._line.run()
        return self._line.inbound.pending


class _Far:
    """The carrier's end, as the model's side moves it."""

    def __init__(self, carrier: Carrier, leg: Call) -> None:
        self._carrier, self._leg = carrier, leg

    def hang_up(self) -> None:
        """BYE."""
        if self._leg.is_live:
            commands.hang_up(self._leg, by="callee")

    def refer(self, target: str) -> None:
        """REFER, for which this leg's document has made no provision: written down, and nothing comes of it."""
        message = f"REFER to {target} came in, and nobody handles it"
        self._carrier.ledger.add("warning", call_sid=self._leg.sid, code=32000, message=message)
