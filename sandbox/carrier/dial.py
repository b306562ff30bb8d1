"""`<Dial>` of a number, a client or a SIP address: a leg of its own rings there, and the two talk until either is gone.

https://www.twilio.com/docs/voice/twiml/dial. The leg is in the ledger as a `dial` of the call that placed it.
"""

import asyncio
from dataclasses import dataclass, replace

from sandbox import audio, music
from sandbox.carrier import addresses, books, bridging, farewells, progress, ringing, telephones, whatsapp_calls
from sandbox.carrier.addresses import Address
from sandbox.carrier.documents import Document
from sandbox.carrier.keypad import Keypad
from sandbox.carrier.state import Call, CallStatus, Carrier, FetchDocument, HangUp
from sandbox.carrier.twiml import Element, TwimlError

_PAUSES_MS = {"w": 500, "W": 1_000}
_NOT_A_NUMBER, _FOREIGN_CALLER_ID = 13224, 13214

Outcome = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom a `<Dial>` calls, as whom, and how."""

    address: Address
    caller_id: str
    noun: Element
    status_callback: FetchDocument | None
    status_events: frozenset[str]


async def run(carrier: Carrier, *, call: Call, verb: Element, document: Document) -> FetchDocument | None:
    """Ring, connect, and answer the request for `action`, if there is one.

    Raises `TwimlError` 13224 (nobody can be dialled by that) or 13214 (a foreign caller id).
    """
    action = document.resolve(verb.get("action")) if verb.get("action") else ""
    dialling = _Dialling(carrier, call, verb, _check(carrier, call=call, verb=verb, document=document))

    def following() -> FetchDocument | None:
        return FetchDocument(action, verb.get("method", "POST"), dialling.outcome()) if action else None

    try:
        await dialling.run()
    except asyncio.CancelledError:
        if told := following():
            farewells.send(carrier, call=call, source=told)
        raise
    return following()


def _check(carrier: Carrier, *, call: Call, verb: Element, document: Document) -> Wanted:
    noun = verb.children[0] if verb.children else Element("Number", {}, verb.text, ())
    address = addresses.read(_spelled(noun))
    if address is None or address.kind != _KINDS[noun.name]:
        raise TwimlError(_NOT_A_NUMBER, f"Dial: {noun.text!r} is nobody one can dial with <{noun.name}>")
    if not whatsapp_calls.may_meet(whatsapp_calls.party(call), address.who):
        message = "Dial: a WhatsApp call cannot be bridged with the telephone network"
        raise TwimlError(whatsapp_calls.NOT_WITH_TELEPHONES, message)
    if more := tuple((each.get("name"), each.get("value")) for each in noun.children if each.name == "Parameter"):
        address = replace(address, parameters=more)
    own_ids = (call.from_, call.to)
    caller_id = verb.get("callerId", call.to if call.is_outgoing else call.from_)
    if caller_id not in own_ids and carrier.number_of(caller_id) is None and not caller_id.startswith("client:"):
        raise TwimlError(_FOREIGN_CALLER_ID, f"Dial: the caller id {caller_id!r} is neither ours nor the caller's")
    callback = document.resolve(noun.get("statusCallback")) if noun.get("statusCallback") else ""
    return Wanted(
        address=address,
        caller_id=caller_id,
        noun=noun,
        status_callback=FetchDocument(callback, noun.get("statusCallbackMethod", "POST")) if callback else None,
        status_events=frozenset(noun.get("statusCallbackEvent", "completed").split()),
    )


_KINDS = {"Number": "phone", "Client": "client", "Sip": "sip"}


def _spelled(noun: Element) -> str:
    """The address in a noun, as REST would spell it."""
    if noun.name != "Client":
        return noun.text
    identity = next((child.text for child in noun.children if child.name == "Identity"), noun.text)
    return f"client:{identity}"


class _Dialling:
    """One leg from its first signal to the end of the conversation."""

    def __init__(self, carrier: Carrier, call: Call, verb: Element, wanted: Wanted) -> None:
        self._carrier, self._call, self._verb, self._wanted = carrier, call, verb, wanted
        self._timeout_ms = int(verb.get("timeout", "30")) * 1000
        self._limit_ms = int(verb.get("timeLimit", "14400")) * 1000
        self._leg = books.new_leg(
            carrier,
            to=wanted.address.who,
            from_=wanted.caller_id,
            number=carrier.number_of(wanted.caller_id),
            direction="outbound-dial",
            parent_sid=call.sid,
            status_callback=wanted.status_callback,
            status_events=wanted.status_events,
        )
        carrier.ledger.add(
            "dial",
            call_sid=call.sid,
            leg_sid=self._leg.sid,
            to=self._leg.to,
            caller_id=wanted.caller_id,
            timeout_ms=self._timeout_ms,
        )

    async def run(self) -> None:
        """Until the leg is over, however it ends; whoever stops this also hangs it up."""
        hang_up = HangUp(CallStatus.CANCELED, by="carrier")
        try:
            hang_up = await self._until_over()
        finally:
            progress.end(self._carrier, self._leg, hang_up)

    async def _until_over(self) -> HangUp:
        leg = self._leg
        told = asyncio.create_task(leg.commands.get())
        working = asyncio.create_task(self._work())
        try:
            await asyncio.wait({told, working}, return_when=asyncio.FIRST_COMPLETED)
            if not told.done():
                return working.result()
            command = told.result()
            return command if isinstance(command, HangUp) else HangUp(by="carrier")
        finally:
            for task in (told, working):
                task.cancel()
            await asyncio.wait({told, working})

    async def _work(self) -> HangUp:
        carrier, leg = self._carrier, self._leg
        telephone = telephones.find(carrier, call=leg, address=self._wanted.address)
        ringback = asyncio.create_task(self._play_ringback())
        try:
            hang_up = await ringing.ring(carrier, call=leg, telephone=telephone, timeout_ms=self._timeout_ms)
        finally:
            ringback.cancel()
            self._call.line.run()
            self._call.line.outbound.clear()
        if hang_up is not None:
            return hang_up
        ringing.pick_up(carrier, call=leg, telephone=telephone)
        progress.answer(carrier, self._call)
        for key in self._wanted.noun.get("sendDigits"):
            sound = audio.silence(_PAUSES_MS[key]) if key in _PAUSES_MS else audio.dtmf_tone(key)
            await carrier.clock.until(leg.line.play(sound))
        return await self._talk()

    async def _play_ringback(self) -> None:
        while self._call.line.is_open:  # with `answerOnBridge` the caller's own carrier lets them hear it
            await self._carrier.clock.until(self._call.line.play(music.ringback()))

    async def _talk(self) -> HangUp:
        clock, is_star_wanted = self._carrier.clock, self._verb.get("hangupOnStar") == "true"
        joining = asyncio.create_task(bridging.join(clock, self._call.line, self._leg.line))
        ends_at_ms = clock.now_ms() + self._limit_ms
        try:
            with Keypad(self._call) as keypad:
                while not joining.done() and clock.now_ms() < ends_at_ms:
                    await clock.until(min(clock.now_ms() + audio.FRAME_MS, ends_at_ms))
                    if is_star_wanted and "*" in keypad.take():
                        break
        finally:
            joining.cancel()
        return HangUp(by="carrier")

    def outcome(self) -> Outcome:
        """The parameters of the `action` request."""
        leg, is_bridged = self._leg, self._leg.answered.is_set()
        found = [("DialCallStatus", leg.status.value), ("DialCallSid", leg.sid)]
        found.append(("DialBridged", str(is_bridged).lower()))
        if is_bridged:
            found.append(("DialCallDuration", str(leg.duration_s or 0)))
        if self._wanted.noun.name == "Sip":
            found += [("DialSipCallId", f"{leg.sid}@sandbox"), ("DialSipResponseCode", str(leg.sip_code))]
        return tuple(found)
