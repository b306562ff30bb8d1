"""The speaking side of a session: which responses run, what they answer, and what they cost."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sandbox import speech
from sandbox.model import summary, usage
from sandbox.model.client_events import decode_audio
from sandbox.model.conversation import Conversation, Item, Source
from sandbox.model.faults import OddEvent
from sandbox.model.formats import Format, to_mulaw
from sandbox.model.refusal import Refused, error_object
from sandbox.model.response import Origin, Point, Response, ResponseSettings
from sandbox.model.script import FunctionCall, Prompt, Reply, Script, fit_arguments
from sandbox.model.session_settings import check_reasoning_fields, check_tool_choice
from sandbox.model.wire import Wire, new_id


class Speaking:
    """At most one response in the conversation at a time, and any number beside it."""

    def __init__(
        self,
        *,
        wire: Wire,
        script: Script,
        conversation: Conversation,
        settings: Callable[[], dict[str, Any]],
        on_response: Callable[[int | None], None],
    ) -> None:
        """`settings` gives the session object. `on_response` is told when a response of the conversation begins (None)
        and how much speech (ms) it had sent when it ended.
        """
        self.wire = wire
        self.has_spoken = False
        self.responses: list[Response] = []
        """All of them, in the order in which they began."""
        self._script = script
        self._conversation = conversation
        self._settings = settings
        self._on_response = on_response
        self._active: Response | None = None
        self._beside: list[Response] = []
        self._answered: set[str] = set()
        self._being_answered: set[str] = set()
        self._cached: Sequence[usage.ContextPiece] = ()

    @property
    def is_active(self) -> bool:
        """Whether a response of the conversation is running."""
        return self._active is not None

    @property
    def ended(self) -> list[Response]:
        """The responses whose `response.done` was sent."""
        return [response for response in self.responses if response.ended_at_ms is not None]

    # --- starting -----------------------------------------------------------------------------------------------

    def create(self, params: dict[str, Any], *, origin: Origin = Origin.CLIENT) -> None:
        """Start the response a client asked for (`params` is the checked `response` object)."""
        session = self._settings()
        is_out_of_band = params.get("conversation") == "none"
        if self._active is not None and not is_out_of_band:
            raise self._already_active(self._active)
        tools = params.get("tools", session["tools"])
        tool_choice = params.get("tool_choice", session["tool_choice"])
        check_reasoning_fields(session["model"], params, path="response")
        check_tool_choice(tool_choice, tools, path="response.tool_choice")
        output = session["audio"]["output"] | params.get("audio", {}).get("output", {})
        if output["voice"] != session["audio"]["output"]["voice"]:
            self.check_voice_may_change()
        given = [self._input_item(entry) for entry in params["input"]] if "input" in params else None
        context_items = list(self._conversation.items) if given is None else given
        instructions = params.get("instructions", session["instructions"])
        context = usage.context_of(instructions, tools, context_items)
        settings = ResponseSettings(
            conversation_id=None if is_out_of_band else self._conversation.id,
            modality=params.get("output_modalities", session["output_modalities"])[0],
            audio_format=output["format"],
            voice=output["voice"],
            max_output_tokens=params.get("max_output_tokens", session["max_output_tokens"]),
            metadata=params.get("metadata"),
            context=context,
            cached=self._cached,
            instructions=instructions,
            origin=origin,
        )
        unanswered = [item for item in context_items if given is not None or item.id not in self._answered]
        prompt = self._prompt(unanswered, context_items, params.get("instructions"), tools, tool_choice)
        asks = summary.is_asked_for(instructions=params.get("instructions"), metadata=params.get("metadata"))
        if is_out_of_band and settings.modality == "text" and asks:
            prompt = replace(prompt, summary=summary.summarise(context_items))
        response = Response(self, settings, self._with_forced_call(prompt, tool_choice))
        self.responses.append(response)
        if is_out_of_band:
            self._beside.append(response)
        else:
            self._active = response
            self._cached = context
            self._being_answered = {item.id for item in unanswered}
            self._answered |= self._being_answered
            self._on_response(None)
        response.start()
        self._send_odd_events(after_deltas=0)

    def create_automatically(self, origin: Origin) -> None:
        """Answer a turn. While a response is still running (interrupting is off), this fails, as the API's does."""
        if self._active is not None:
            self.wire.refuse(self._already_active(self._active), event_id=None)
        else:
            self.create({}, origin=origin)

    def _send_odd_events(self, *, after_deltas: int) -> None:
        """Send what the faults hold for this moment of a response, once."""
        faults = self.wire.faults
        if after_deltas != faults.events_after_deltas:
            return
        for odd in faults.odd_events:
            self.wire.emit_odd(OddEvent(odd))
        for error in faults.error_events:
            self.wire.emit_error(error_object("The server had an error.", code=None, error_type="server_error") | error)
        faults.odd_events, faults.error_events = [], []

    # --- stopping -----------------------------------------------------------------------------------------------

    def cancel(self, response_id: str | None) -> None:
        """A client stops a response: the conversation's, or the one named."""
        running = [*([self._active] if self._active else []), *self._beside]
        for response in running:
            if response.id == response_id or (response_id is None and response is self._active):
                response.cancel("client_cancelled")
                return
        raise Refused("response_cancel_not_active", "Cancellation failed: no active response found")

    def interrupt(self) -> None:
        """The caller speaks: the conversation's response, if one runs, is cancelled."""
        if self._active is not None:
            self._active.cancel("turn_detected")

    def stop(self) -> None:
        """The session is over."""
        for response in self.responses:
            response.abandon()

    def check_voice_may_change(self) -> None:
        """The voice is locked once it has been heard."""
        if self.has_spoken:
            raise Refused("cannot_update_voice", "Cannot update a conversation's voice if assistant audio is present.")

    # --- what a running response tells its host -----------------------------------------------------------------

    def add_output_item(self, response: Response, item: Item) -> str | None:
        """Put a response's item into the conversation, unless the response stands beside it."""
        return None if response.is_out_of_band else self._conversation.add(item)

    def reached(self, response: Response, point: Point) -> None:
        """A moment of a response: the voice is locked by the first sound, and the connection may be due to break."""
        faults = self.wire.faults
        if point is Point.DELTA:
            self.has_spoken = True
            self._send_odd_events(after_deltas=response.deltas_sent)
        is_due = point is not Point.DELTA or response.deltas_sent == faults.close_after_deltas
        is_meant = faults.close_session in ("", self._settings()["id"])
        if is_due and is_meant and faults.close_at == point and faults.use_up("close_responses"):
            self.wire.break_off()

    def response_ended(self, response: Response) -> None:
        """`response.done` was sent."""
        if response.is_out_of_band:
            self._beside.remove(response)
            return
        self._active = None
        if response.status in ("cancelled", "failed") and not response.output:
            # It ended before its first word, so what it meant to answer still waits for an answer.
            self._answered -= self._being_answered
        self._on_response(response.audio_ms)

    # --- what to answer -----------------------------------------------------------------------------------------

    def _prompt(
        self,
        unanswered: Sequence[Item],
        context: Sequence[Item],
        instructions: str | None,
        tools: Sequence[dict[str, Any]],
        tool_choice: Any,
    ) -> Prompt:
        asked = [item for item in reversed(_after_last_answer(unanswered)) if _asks(item)]
        newest = unanswered[-1] if unanswered else None
        after_tool = None
        if newest is not None and newest.type == "function_call_output":
            calls = {item.call_id: item.name for item in context if item.type == "function_call"}
            after_tool = calls.get(newest.call_id)
        return Prompt(
            heard=[] if after_tool else [item.words() for item in asked],
            remembered=[item.knowledge() for item in reversed(context) if item.source is not Source.MODEL],
            must_answer=not after_tool and any(item.role == "user" for item in asked),
            after_tool=after_tool,
            output="" if newest is None else newest.output or "",
            instructions=instructions,
            is_opening=not any(item.role in ("user", "assistant") for item in context),
            tools=[] if tool_choice == "none" else [tool for tool in tools if tool["type"] == "function"],
        )

    def _with_forced_call(self, prompt: Prompt, tool_choice: Any) -> Reply:
        reply = self._script.answer(prompt)
        forced = tool_choice.get("name") if isinstance(tool_choice, dict) else None
        if tool_choice != "required" and forced is None:
            return reply
        called = {call.tool for call in reply.calls}
        if (forced is None and called) or forced in called:
            return reply
        words = prompt.heard[0] if prompt.heard else ""
        for tool in prompt.tools:
            if forced in (None, tool["name"]):
                call = FunctionCall(tool["name"], fit_arguments({}, tool, words))
                return Reply(calls=(call,), think_ms=reply.think_ms)
        return reply

    def _input_item(self, entry: dict[str, Any]) -> Item:
        if entry["type"] == "item_reference":
            return self._conversation.find(entry["id"], verb="reference")
        return item_from_client(entry, Format(self._settings()["audio"]["input"]["format"]["type"]))

    @staticmethod
    def _already_active(active: Response) -> Refused:
        message = (
            f"Conversation already has an active response in progress: {active.id}. Wait until the response is done."
        )
        return Refused("conversation_already_has_active_response", message)


def _after_last_answer(items: Sequence[Item]) -> Sequence[Item]:
    """What no answer follows: an application that restores a conversation puts its old answers in too."""
    answers = [place for place, item in enumerate(items) if item.role == "assistant" and item.source is Source.CLIENT]
    return items[answers[-1] + 1 :] if answers else items


def _asks(item: Item) -> bool:
    """Whether an item is something to answer; what a system item tells of the past is only remembered."""
    words = item.words()
    if item.role == "system" and summary.is_background(words):
        return False
    return item.role in ("user", "system") and bool(words)


def item_from_client(entry: dict[str, Any], input_format: Format) -> Item:
    """A (checked) item of `conversation.item.create` or of a response's `input`, with an id if it has none.

    Caller audio in it is of the session's input format, and is listened to.
    """
    content = [
        {name: value for name, value in part.items() if name not in ("audio", "image_url")}
        for part in entry.get("content", [])
    ]
    item = Item(entry.get("id") or new_id("item"), entry["type"], role=entry.get("role"), content=content)
    item.name, item.arguments, item.output = entry.get("name"), entry.get("arguments"), entry.get("output")
    item.call_id = entry.get("call_id") or (new_id("call") if item.type == "function_call" else None)
    for part, given in zip(content, entry.get("content", []), strict=True):
        if part["type"] == "input_audio":
            part.setdefault("transcript", None)
            data = decode_audio(given["audio"], "item.content.audio")
            item.audio += to_mulaw(data[: len(data) - len(data) % input_format.bytes_per_sample], input_format)
            item.heard = speech.recognise(bytes(item.audio), is_recoded=input_format is not Format.PCMU)
    return item
