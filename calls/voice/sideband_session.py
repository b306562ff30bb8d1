"""One conversation by SIP, as a machine without sockets: the sound passes between carrier and model, we only lead.

It is the same conversation as over a media stream, with three differences. Nothing of ours can be heard, so what a tone
or a few recorded words do there the model is asked for here. What the caller has heard is told by the model, not by the
carrier's marks; and when the caller cuts in, the model silences itself. And the model's session belongs to the line,
not to our socket: whoever takes the call up again finds it as it was, and must not tell it what it knows.

You must call `tick` several times a second, feed every message of the model to `from_model`, and perform what
`effects()` returns after each.
"""

from collections.abc import Collection, Sequence

from calls.voice import effects as e
from calls.voice import line_messages as lm
from calls.voice import messages as m
from calls.voice.conduct import OURS, Conduct
from calls.voice.outbox import Outbox
from calls.voice.pauses import Pauses
from calls.voice.plan import ConversationPlan
from calls.voice.playout import LineClock, Playout
from calls.voice.session import VoiceSession

ONE_MOMENT = (
    "What you are waiting for takes a little longer. Tell the caller in one very short sentence that it takes another "
    "moment. Promise nothing."
)
# The caller is told so no more often than this.
MOMENT_EVERY_MS = 8_000
_BEAT_MS = 100
# Items that nobody of us has heard of are asked for so often at the most.
_MOST_MISSED = 12
_PARTIES = {"user": m.Party.CUSTOMER, "assistant": m.Party.ASSISTANT}


class _Outbox(Outbox):
    """Orders to the model wait while our socket is away: its session lives on and will want them."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[e.ToModel] = []
        self.is_kept = False  # True once a session is there that knows the conversation

    def to_model(self, *effects: e.ToModel) -> None:
        """Order something of the model, now or when the socket is back."""
        if self.is_model_open:
            super().to_model(*effects)
        elif self.is_kept:
            self._waiting.extend(effects)

    def rejoined(self) -> None:
        """The socket is back."""
        self.is_model_open = True
        waiting, self._waiting = self._waiting, []
        super().to_model(*waiting)


class _Conduct(Conduct):
    """How a conversation is led whose sound passes elsewhere."""

    out: _Outbox
    playback: Playout
    timeline: LineClock

    def __init__(self, plan: ConversationPlan, *, is_joined: bool, owed: Sequence[str]) -> None:
        super().__init__(
            plan,
            out=_Outbox(),
            timeline=LineClock(),
            playback=Playout(),
            pauses=Pauses(prompt_after_ms=plan.prompt_after_ms),
        )
        self.pauses.prompts = self.memory.prompts
        self.has_own_sound = False
        self._is_joined, self._owed = is_joined, owed
        self._moment_ms = -MOMENT_EVERY_MS

    def begin(self) -> None:
        """The line is up: greet, or go on. A session that we only join again knows where it was."""
        if not self._is_joined:
            super().begin()
            return
        if self.has_begun:
            return
        self.has_begun = True
        self.note("sideband_rejoined")
        self.is_listening = True
        self.memory.has_greeted = True
        self.memory.interrupted_tools()
        answers = [(call_id, self.memory.output_of(call_id)) for call_id in self._owed]
        self.out.to_model(*(e.AnswerTool(call_id, output) for call_id, output in answers if output))
        if any(output for _, output in answers):
            self.wish()
        self.remember()

    def model_opened(self, expires_in_ms: int | None) -> None:
        """Our socket is there. Only a session that has just begun is told the conversation."""
        if self._is_joined or self.out.is_kept:
            self.link.ready(self.now_ms, expires_in_ms=None)
            self.out.is_kept = True
            self.out.rejoined()
            self.out.to_model(*self.responses.model_opened())
            return
        super().model_opened(None)  # it ends with the line: no other session could take its place
        self.out.is_kept = True

    def model_down(self, lost: m.ModelLost) -> None:
        """Our socket is gone: join again, as long as there is hope. What the model is doing, it goes on doing."""
        retry = self.link.lost(self.now_ms, is_permanent=lost.is_permanent)
        if self.out.is_model_open:
            self.note("sideband_lost")
            self.out.is_model_open = False
        if retry is None:
            self.end(m.EndReason.MODEL_LOST)
        else:
            self.out.put(retry)

    def play(self, item_id: str, payload: str) -> None:
        """No sound of ours reaches the caller; in a silence of ours the model is asked for a word instead."""
        if item_id != OURS or not self.responses.is_tool_awaited:
            return
        if self.now_ms >= self._moment_ms + MOMENT_EVERY_MS:
            self._moment_ms = self.now_ms
            self.wish(ONE_MOMENT, despite_tools=True)

    def interrupt(self, *, cancel: bool) -> None:
        """The caller cuts in. Where the model has not silenced itself, it is told to."""
        is_sounding = not self.playback.is_dry(self.now_ms)
        self.out.to_model(*self.responses.interrupted(cancel=cancel))
        if cancel and is_sounding:
            self.out.to_model(e.SilenceOutput())
        self.silence_line()

    def silence_line(self) -> None:
        """Whatever was not heard yet is not heard any more; the model itself knows how much that is."""
        for heard in self.playback.clear(self.now_ms):
            self.note("cut", item_id=heard.item_id, heard_ms=heard.heard_ms, sent_ms=heard.sent_ms)
            turn = self.turns.cut(heard.item_id, heard.heard_ms, heard.sent_ms)
            if turn is not None:
                self.spoken(turn)


class SidebandSession(VoiceSession):
    """The conversation of one line to the model.

    `is_joined`: the model's session has been talking already, and waits for the answers of these tool calls (`owed`);
    of these items the words are in the books (`known`), any other is asked for when it turns out to be there.
    """

    _conduct: _Conduct

    def __init__(
        self,
        plan: ConversationPlan,
        *,
        is_joined: bool = False,
        owed: Sequence[str] = (),
        known: Collection[str] = (),
    ) -> None:
        super().__init__(plan, conduct=_Conduct(plan, is_joined=is_joined, owed=owed))
        self._known = set(known) if is_joined else None
        self._missed: set[str] = set()
        self._beat_at_ms = 0

    def tick(self, now_ms: int) -> None:
        """Time has passed: `now_ms` since the call was taken up here."""
        conduct = self._conduct
        conduct.timeline.shows(now_ms)
        if self.is_line_gone or now_ms < self._beat_at_ms:
            return
        self._beat_at_ms = now_ms + _BEAT_MS
        if (words := conduct.turns.shown_words(now_ms)) is not None:
            conduct.out.put(words)
        if (turn := conduct.turns.growing(now_ms)) is not None:
            conduct.out.put(turn)
        self._upkeep.beat()

    def line_over(self) -> None:
        """There is no such call at the model's any more: whoever ended it, the line is over."""
        conduct = self._conduct
        if self.is_line_gone:
            return
        self._opting_out.line_gone()
        conduct.out.is_model_open = conduct.out.is_kept = False
        conduct.line_gone(m.EndReason.CARRIER_STOPPED)

    def from_model(self, message: m.ModelMessage) -> None:
        """Take one message of the model."""
        conduct = self._conduct
        if self.is_line_gone:
            super().from_model(message)
            return
        now = conduct.now_ms
        match message:
            case m.ModelReady():
                super().from_model(message)
                conduct.begin()
            case m.AudioDelta():
                return  # it goes to the caller without us
            case lm.OutputStarted(response_id):
                for item_id in conduct.playback.started(response_id, now):
                    self._sounds(response_id, item_id)
            case lm.OutputStopped(response_id):
                for item_id in conduct.playback.stopped(response_id, now):
                    self._sounds(response_id, item_id)
                conduct.heard_out()
                conduct.close_if_due()
            case lm.OutputCleared(response_id):
                self._cleared(response_id)
            case lm.ItemPlaced(item_id, after_id):
                self._placed(item_id, after_id)
            case lm.ItemRetrieved(item_id, role, text):
                self._retrieved(item_id, role, text)
            case lm.LineKey(digit):
                self.from_carrier(m.KeyPressed(digit))
            case m.AssistantWords(response_id, item_id):
                super().from_model(message)
                self._worded(response_id, item_id)
            case _:
                super().from_model(message)

    def _placed(self, item_id: str, after_id: str) -> None:
        """Where an item stands behind one that we know nothing of, that one is asked for."""
        if self._known is None:
            return
        self._known.add(item_id)
        if after_id and after_id not in self._known and len(self._missed) < _MOST_MISSED:
            self._known.add(after_id)
            self._missed.add(after_id)
            self._conduct.out.to_model(e.RetrieveItem(after_id))

    def _retrieved(self, item_id: str, role: str, text: str) -> None:
        """What was said while nobody of us was there: known now, and when it was said only roughly."""
        if item_id in self._missed and text and role in _PARTIES:
            self._missed.discard(item_id)
            party = _PARTIES[role]
            started_ms = -2_000 if party is m.Party.CUSTOMER else -1_000
            self._conduct.spoken(e.TurnSpoken(party, item_id, started_ms, started_ms + 500, text))
            if party is m.Party.CUSTOMER:
                self._opting_out.words(text)
                self._refusing.words(text)
                self._guardrails.caller_said(text)

    def _worded(self, response_id: str, item_id: str) -> None:
        conduct = self._conduct
        letters = conduct.turns.letters_of(item_id)
        if letters and conduct.playback.words(response_id, item_id, letters, conduct.now_ms):
            self._sounds(response_id, item_id)

    def _sounds(self, response_id: str, item_id: str) -> None:
        """The caller begins to hear an item."""
        conduct = self._conduct
        conduct.turns.assistant_sound(response_id, item_id, conduct.now_ms)
        if conduct.closing.needs_goodbye:
            conduct.closing.goodbye_asked()

    def _cleared(self, response_id: str) -> None:
        """The model has dropped what was not heard yet; it had been cut here already if the caller was heard first."""
        conduct = self._conduct
        for heard in conduct.playback.cleared(response_id, conduct.now_ms):
            turn = conduct.turns.cut(heard.item_id, heard.heard_ms, heard.sent_ms)
            if turn is not None:
                conduct.spoken(turn)
        conduct.heard_out()
        conduct.close_if_due()
