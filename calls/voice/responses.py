"""Which response is under way, which one is wanted next, and whose late pieces are to be dropped.

The model makes one default response at a time; asking for a second is refused
(`conversation_already_has_active_response`). So a wish waits until the one under way has ended and every tool call of
it was answered. A response that the caller interrupted goes on arriving for a moment: its pieces are stale.
"""

from calls.voice.effects import CancelResponse, Respond, ToModel
from calls.voice.plan import GO_ON

_REMEMBERED = 8  # interrupted responses whose late pieces may still arrive
# Failed responses in a row until the model counts as lost.
FAILURES_LIMIT = 3


class Responses:
    """The book of responses and tool calls of one call."""

    def __init__(self) -> None:
        self._active: str | None = None
        self._is_asked = False  # asked for, not yet begun
        self._last_asked = Respond()
        self._wish: Respond | None = None
        self._is_despite_tools = False  # the wish waits for no tool
        self._tool_calls: dict[str, str] = {}  # unanswered: call id -> the response that made it
        self._seen_tool_calls: set[str] = set()
        self._stale: list[str] = []
        self._failures = 0  # in a row
        self._is_model_open = False
        self.is_answer_due = False  # the caller has spoken, and nothing has begun to answer them

    @property
    def is_busy(self) -> bool:
        """True while a response is asked for, under way, wished for, or waits for a tool."""
        return self._is_asked or self._active is not None or bool(self._tool_calls) or self._wish is not None

    @property
    def is_tool_awaited(self) -> bool:
        """True while a tool has not answered and nothing is being said."""
        return bool(self._tool_calls) and self._active is None and not self._is_asked

    @property
    def active(self) -> str:
        """The response under way; empty when there is none."""
        return self._active or ""

    def is_stale(self, response_id: str) -> bool:
        """True for a response the caller interrupted."""
        return response_id in self._stale

    def wish(self, respond: Respond, *, despite_tools: bool = False) -> list[ToModel]:
        """Ask for a response now, or as soon as the one under way is over. A newer wish replaces an older one.

        `despite_tools`: also while a tool has not answered.
        """
        self._wish, self._is_despite_tools = respond, despite_tools
        return self._grant()

    def _grant(self) -> list[ToModel]:
        if self._wish is None or not self._is_model_open:
            return []
        is_waiting = bool(self._tool_calls) and not self._is_despite_tools
        if self._is_asked or self._active is not None or is_waiting:
            return []
        self._last_asked, self._wish, self._is_asked = self._wish, None, True
        return [self._last_asked]

    def model_opened(self) -> list[ToModel]:
        """A session is open and knows the conversation: what was wished for is asked."""
        self._is_model_open = True
        return self._grant()

    def model_lost(self, *, heard: bool) -> None:
        """The session is gone, and with it the response under way: it is wished for again.

        `heard`: some of the response under way was played; then it is to be gone on with.
        """
        owed = self._wish
        if self._active is not None:
            owed = owed or (Respond(GO_ON) if heard else self._last_asked)
            self._stale = [*self._stale[1 - _REMEMBERED :], self._active]
        elif self._is_asked:
            owed = owed or self._last_asked
        elif self.is_answer_due:
            owed = owed or Respond()
        self._wish, self._active, self._is_asked, self._is_model_open = owed, None, False, False

    def forget_wish(self) -> None:
        """What was wished for will be answered without us: the caller's words are said to the model again."""
        self._wish = None

    def started(self, response_id: str) -> bool:
        """The model began a response; True when it looks like ours, False when it is one of its own accord."""
        was_asked = self._is_asked
        if not was_asked:
            self._last_asked = Respond()
        self._active = response_id
        self._is_asked = self.is_answer_due = False
        return was_asked

    def refused_as_second(self) -> None:
        """Our request collided with a response the model had begun by itself: wish again."""
        if self._is_asked:
            self._is_asked = False
            self._wish = self._wish or self._last_asked

    def ended(self, response_id: str) -> list[ToModel]:
        """A response is over; the next wish may be granted."""
        if self._active == response_id:
            self._active = None
        return self._grant()

    def interrupted(self, *, cancel: bool) -> list[ToModel]:
        """The caller cut in. `cancel` when the model does not stop the response by itself."""
        self._wish = None
        if self._active is None:
            return []
        response_id, self._active = self._active, None
        self._stale = [*self._stale[1 - _REMEMBERED :], response_id]
        return [CancelResponse(response_id)] if cancel else []

    def failed(self) -> bool:
        """A response failed; True when so many did in a row that the model counts as lost."""
        self._failures += 1
        return self._failures >= FAILURES_LIMIT

    def succeeded(self) -> None:
        """A response did not fail."""
        self._failures = 0

    def tool_called(self, call_id: str, response_id: str) -> bool:
        """A tool call arrived; False when it is known already (the model's wire tells each one several times)."""
        if call_id in self._seen_tool_calls:
            return False
        self._seen_tool_calls.add(call_id)
        self._tool_calls[call_id] = response_id
        return True

    def tool_finished(self, call_id: str) -> str | None:
        """A tool's answer is in: the response that asked for it; None when nobody waits for it."""
        return self._tool_calls.pop(call_id, None)
