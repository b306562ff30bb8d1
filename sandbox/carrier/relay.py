"""The carrier's side of `<Connect><ConversationRelay>`: it listens and speaks, the application reads and writes.

https://www.twilio.com/docs/voice/twiml/connect/conversationrelay and `…/conversationrelay/websocket-messages`.
One socket per session, never reopened; what follows is asked of the `action`, also when the caller has hung up.
"""

import asyncio
import contextlib
from typing import Any

import aiohttp

from sandbox import audio
from sandbox.audio import FRAME_MS
from sandbox.carrier import callbacks, relay_rules, relay_wire, sound_files, stream_socket, webhooks
from sandbox.carrier.documents import Document
from sandbox.carrier.relay_ears import RelayEars
from sandbox.carrier.relay_voice import RelayVoice
from sandbox.carrier.relay_wire import End, NotUnderstood, PlayUrl, SendDigits, Switch, Text
from sandbox.carrier.state import Call, Carrier, HangUp, new_sid
from sandbox.carrier.stream_log import StreamLog
from sandbox.carrier.twiml import Element

NAME = "ConversationRelay"
_MOST_MISUNDERSTOOD = 10  # in a row
_WAIT_MS = 500  # of a `w` among keys
Params = tuple[tuple[str, str], ...]


async def run(
    carrier: Carrier, *, call: Call, noun: Element, document: Document, action: tuple[str, str] | None
) -> Params:
    """Serve one session until it ends; answers what its `action` is told. A caller who hangs up is reported here."""
    log = StreamLog(
        sid=new_sid("VX"),
        name=NAME,
        url=noun.get("url").strip(),
        opened_at_ms=carrier.clock.now_ms(),
        parameters={child.get("name"): child.get("value") for child in noun.children if child.name == "Parameter"},
    )
    call.streams.append(log)
    session = _Session(carrier, call, noun, document, log)
    try:
        return await session.run()
    except asyncio.CancelledError:
        if isinstance(call.command, HangUp) and action is not None and not call.is_forgotten:
            url, method = action
            ended = (("CallStatus", "completed"), *session.params("completed"))
            standard = tuple(pair for pair in carrier.webhook_params(call) if pair[0] != "CallStatus")
            callbacks.send(
                carrier, call=call, kind="relay", event="completed", url=url, method=method, params=standard + ended
            )
        raise


class _Session:
    """One session: its socket, its ears and its voice."""

    def __init__(self, carrier: Carrier, call: Call, noun: Element, document: Document, log: StreamLog) -> None:
        self._carrier, self._call, self._noun, self._document, self._log = carrier, call, noun, document, log
        self._debug = noun.get("debug").split()
        self._takes_keys = noun.get("dtmfDetection", "false") == "true"
        self._reports = noun.get("reportInputDuringAgentSpeech", "none")
        self._lang = noun.get("transcriptionLanguage", noun.get("language", "en-US"))
        interruptible = _interruptible(noun.get("interruptible", "any"))
        self._voice = RelayVoice(
            carrier, call, interruptible=interruptible, preemptible=noun.get("preemptible", "false") == "true"
        )
        self._ears = RelayEars(
            carrier,
            call,
            sensitivity=noun.get("interruptSensitivity", "high"),
            ignores_backchannels=noun.get("ignoreBackchannel", "false") == "true",
        )
        self._misunderstood = 0
        self._was_speaking = self._was_heard = False
        self._spoke_over = False
        self._last_partial = ""

    def params(self, status: str, *, handoff: str | None = None, code: int = 0, message: str = "") -> Params:
        """What the action is told."""
        began_ms = self._log.started_at_ms or self._log.opened_at_ms
        seconds = int((self._carrier.clock.now_ms() - began_ms) // 1000)
        params = [("SessionId", self._log.sid), ("SessionStatus", status), ("SessionDuration", str(seconds))]
        if handoff is not None:
            params.append(("HandoffData", handoff))
        if code:
            params += [("ErrorCode", str(code)), ("ErrorMessage", message)]
        return tuple(params)

    async def run(self) -> Params:
        """From the handshake to the end."""
        log, carrier = self._log, self._carrier
        try:
            ws = await stream_socket.open_socket(carrier, log.url)
        except stream_socket.HandshakeFailed as failed:
            log.state, log.ended_by, log.ended_at_ms = "refused", "refused", carrier.clock.now_ms()
            return self._failed(64102, f"cannot connect: {failed}")
        carrier.ledger.add("stream", call_sid=self._call.sid, stream_sid=log.sid, url=log.url, status=101)
        log.state = "open"
        carrier.announce()
        try:
            with carrier.unheard():
                return await self._serve(ws)
        except asyncio.CancelledError:
            log.ended_by, log.close_code = "carrier", 1000
            if self._call.is_forgotten:
                stream_socket.break_off(ws)
            else:
                carrier.spawn(stream_socket.close(ws))
            raise
        finally:
            log.state, log.ended_at_ms = "closed", carrier.clock.now_ms()
            self._call.line.outbound.clear()
            carrier.announce()

    async def _serve(self, ws: aiohttp.ClientWebSocketResponse) -> Params:
        problem = relay_rules.problem_with(self._noun)
        if problem:
            await self._send(ws, relay_wire.error(problem))
            await stream_socket.close(ws)
            self._log.ended_by, self._log.close_code = "carrier", 1000
            return self._failed(64101, problem)
        await self._open(ws)
        clock = asyncio.create_task(self._by_the_clock(ws))
        reading = asyncio.create_task(self._receive(ws))
        self._call.key_listeners.append(lambda digit: self._press(ws, digit))
        listener = self._call.key_listeners[-1]
        try:
            await asyncio.wait({clock, reading}, return_when=asyncio.FIRST_COMPLETED)
            if clock.done():
                clock.result()
            return await reading
        finally:
            self._call.key_listeners.remove(listener)
            for task in (clock, reading):
                task.cancel()

    async def _open(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        call, log, carrier = self._call, self._log, self._carrier
        facts = {
            "sid": call.sid,
            "parent_sid": call.parent_sid,
            "from": call.from_,
            "to": call.to,
            "direction": "inbound" if call.direction == "inbound" else "outbound",
            "status": call.status.value.upper().replace("-", "_"),
        }
        log.started_at_ms = carrier.clock.now_ms()
        await self._send(
            ws,
            relay_wire.setup(
                session_id=log.sid, account_sid=carrier.account_sid, call=facts, parameters=log.parameters
            ),
        )
        if greeting := self._noun.get("welcomeGreeting"):
            may_cut = _interruptible(self._noun.get("welcomeGreetingInterruptible", "any"))
            self._voice.token(greeting, last=True, interruptible=may_cut)

    # --- what the application sends ---

    async def _receive(self, ws: aiohttp.ClientWebSocketResponse) -> Params:
        async for frame in ws:
            self._carrier.stir()
            try:
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    raise NotUnderstood("a binary frame")
                order = relay_wire.read(frame.data)
            except NotUnderstood as why:
                self._note("misunderstood", reason=str(why))
                self._misunderstood += 1
                await self._send(ws, relay_wire.error(f"Invalid message received: {str(frame.data)[:200]}"))
                if self._misunderstood >= _MOST_MISUNDERSTOOD:
                    await ws.close(code=1007)
                    self._log.ended_by, self._log.close_code = "carrier", 1007
                    return self._failed(64105, "too many messages that were not understood")
                continue
            self._misunderstood = 0
            if isinstance(order, End):
                self._note("end", handoff=order.handoff)
                await stream_socket.close(ws)
                self._log.ended_by, self._log.close_code = "application", 1000
                return self.params("ended", handoff=order.handoff)
            await self._carry_out(order)
        self._log.close_code = ws.close_code
        if ws.close_code in (None, 1006) or ws.exception():
            self._log.ended_by = "broken"
            return self._failed(39001, "the connection broke")
        self._log.ended_by = "application"
        return self._failed(64105, f"the WebSocket was closed by the application with {ws.close_code}")

    async def _carry_out(self, order: Text | PlayUrl | SendDigits | Switch) -> None:
        match order:
            case Text(token, last, interruptible, preemptible):
                self._note("text", token=token, last=last)
                self._voice.token(token, last=last, interruptible=interruptible, preemptible=preemptible)
            case SendDigits(digits):
                self._note("sendDigits", digits=digits)
                for key in digits:
                    self._voice.play(audio.silence(_WAIT_MS) if key == "w" else audio.dtmf_tone(key))
            case PlayUrl(source, loop):
                self._note("play", source=source)
                answer = await webhooks.fetch_audio(self._carrier, call=self._call, url=source)
                sound = sound_files.read(answer.body, content_type=answer.content_type)
                self._voice.play(sound * (loop or 1000))
            case Switch(_, transcription):
                self._note("language", transcription=transcription)
                self._lang = transcription or self._lang

    # --- what the application is told ---

    async def _by_the_clock(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        ticks = 0
        while not ws.closed:
            await self._carrier.clock.sleep(FRAME_MS)
            ticks += 1
            if ticks == self._carrier.faults.stream.tcp_close_at:  # the fault of streams, counted alike
                stream_socket.break_off(ws)
            self._voice.beat()
            self._ears.listen()
            await self._tell_of_voice(ws)
            await self._tell_of_caller(ws)

    async def _tell_of_voice(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        is_speaking = self._voice.is_speaking
        if is_speaking and not self._was_speaking:
            await self._info(ws, "speaker-events", "agentSpeaking", "on")
        for text in self._voice.heard_out():
            await self._info(ws, "tokens-played", "tokensPlayed", text)
        if self._was_speaking and not is_speaking:
            await self._info(ws, "speaker-events", "agentSpeaking", "off")
        self._was_speaking = is_speaking

    async def _tell_of_caller(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        is_heard = self._ears.is_speaking
        if is_heard != self._was_heard:
            self._was_heard = is_heard
            if is_heard:
                self._spoke_over = self._voice.is_speaking
            await self._info(ws, "speaker-events", "clientSpeaking", "on" if is_heard else "off")
        if self._ears.cuts_in() and self._voice.is_speaking and self._voice.interruptible in ("speech", "any"):
            await self._interrupt(ws)
        words = await self._ears.said()
        if words:
            is_told = not self._spoke_over or self._reports in ("speech", "any")
            self._spoke_over, self._last_partial = False, ""
            if is_told:
                self._note("prompt", text=words)
                await self._send(ws, relay_wire.prompt(words, lang=self._lang_told(), last=True))
        elif is_heard and self._noun.get("partialPrompts") == "true" and not self._spoke_over:
            partial = await self._ears.so_far()
            if partial and partial != self._last_partial:
                self._last_partial = partial
                await self._send(ws, relay_wire.prompt(partial, lang=self._lang_told(), last=False))

    def _lang_told(self) -> str:
        return "en" if self._lang == "multi" else self._lang

    async def _interrupt(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        heard, after_ms = self._voice.interrupt()
        self._spoke_over = False
        self._note("interrupt", heard=heard, after_ms=after_ms)
        await self._send(ws, relay_wire.interrupt(heard, after_ms=after_ms))
        if self._was_speaking:
            self._was_speaking = False
            await self._info(ws, "speaker-events", "agentSpeaking", "off")

    def _press(self, ws: aiohttp.ClientWebSocketResponse, digit: str) -> None:
        if self._takes_keys:
            self._log.keys.append({"digit": digit, "at_ms": self._carrier.clock.now_ms()})
            self._carrier.spawn(self._tell_key(ws, digit))

    async def _tell_key(self, ws: aiohttp.ClientWebSocketResponse, digit: str) -> None:
        is_over_voice = self._voice.is_speaking
        cuts = is_over_voice and self._voice.interruptible in ("dtmf", "any")
        if cuts:
            await self._interrupt(ws)
        if cuts or not is_over_voice or self._reports in ("dtmf", "any"):
            await self._send(ws, relay_wire.dtmf(digit))

    async def _info(self, ws: aiohttp.ClientWebSocketResponse, wanted: str, name: str, value: str) -> None:
        if wanted in self._debug:
            await self._send(ws, relay_wire.info(name, value))

    async def _send(self, ws: aiohttp.ClientWebSocketResponse, text: str) -> None:
        self._carrier.stir()
        with contextlib.suppress(ConnectionError, aiohttp.ClientError):
            await ws.send_str(text)

    def _failed(self, code: int, message: str) -> Params:
        self._log.error_code, self._log.error = code, message
        self._carrier.ledger.add("error", call_sid=self._call.sid, code=code, message=message, stream_sid=self._log.sid)
        return self.params("failed", code=code, message=message)

    def _note(self, kind: str, **facts: Any) -> None:
        self._log.received.append({"type": kind, "at_ms": self._carrier.clock.now_ms(), **facts})


def _interruptible(value: str) -> str:
    return {"true": "any", "false": "none"}.get(value, value)
