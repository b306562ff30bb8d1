"""How one conversation is to be held: the part of a prompt version that the session itself acts on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from calls.voice.guard_words import Rule

GO_ON = (
    "The connection was interrupted for a moment while you were answering. Go on with your answer from where the "
    "caller last heard you. Do not greet again, and do not repeat what was heard."
)
TAKE_UP = (
    "The telephone line was interrupted for a few seconds, and you may have missed what the caller said last. Say so "
    "in one short sentence, without a greeting, and take the conversation up where it was."
)
KEEP_COMPANY = (
    "The decision you wait for has not been made yet. Tell the caller in one short sentence, in other words than "
    "before, that you are still waiting for a colleague. Promise nothing."
)

# Tools that are work on the line: the session itself does them, or knows when they may begin.
COLLECT_DIGITS, SEND_DIGITS = "collect_digits", "send_digits"
SWITCH_LANGUAGE = "switch_language"


UNRECORDED = (
    "The caller does not want to be recorded. The recording has been stopped and deleted, and what is said is not "
    "written down. Confirm it in one short sentence if you have not done so, and go on with the call."
)


# What a plan's `opt_out_wish` answers.
NO_OPT_OUT, OPT_OUT, ASK_OPT_OUT, REVIEW_OPT_OUT = "", "stop", "ask", "review"
OPT_OUT_TOOL = "opt_out"


def _never(_: str) -> bool:
    return False


def _no_wish(_: str) -> str:
    return NO_OPT_OUT


def _no_answer(_: str) -> bool | None:
    return None


@dataclass(frozen=True, slots=True)
class ConversationPlan:
    """What the session needs to know of the assistant; words are said exactly as written.

    `greeting` empty: the caller speaks first. `is_greeting_interruptible` False: the caller is heard during
    the greeting but does not cut it. `prompt_after_ms` 0: silence is never remarked upon. `barge_in_ms`: the assistant
    goes on until the caller has spoken over it for this long; `backchannels` are words (in lower case) that do not
    interrupt it at all; with neither, the model decides. `limit_ms` 0: the call may last for ever. `elapsed_ms` passed
    since the call began before this stream did. `filler` is a few words of our own as base64 G.711; empty: a tone.
    `resumed` is the document another process left of this call (see `memory`). `is_objection` knows a caller's words
    that object to being recorded, and `refusal_key` does the same by keypad; empty: no key does. `line_tools` are the
    granted tools that the session does itself, `bound_keys` those that a key of the caller's begins, as (tool,
    arguments in JSON). `is_after_capture`: the caller has just keyed in a secret, elsewhere. `opt_out_wish` knows words
    that want no more calls, `opt_out_answer` those that answer our question about it (None: neither yes nor no), and
    `opt_out_key` says the same by keypad. `is_opt_out_presumed`: another answer than a plain no is a yes. For
    `machine_watch_ms` from the beginning of a call of ours a machine is listened for; 0: none can be there. `rules` are
    kept whatever the model does, each once: `rules_fired` are those that another process has kept already. `languages`
    are those that may be switched to, each with its voice, if it has one of its own; `lines` are what we say ourselves
    in each of them, by field of this plan. Once the conversation has grown to `sound_limit` tokens, old sound gives way
    to text (see `old_sound`); 0: never.
    """

    greeting: str = ""
    is_greeting_interruptible: bool = True
    is_keypad_told: bool = True
    prompt_after_ms: int = 8_000
    barge_in_ms: int = 0
    backchannels: frozenset[str] = frozenset()
    limit_ms: int = 0
    elapsed_ms: int = 0
    filler: str = ""
    resumed: Mapping[str, Any] | None = None
    line_tools: frozenset[str] = frozenset()
    bound_keys: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    is_after_capture: bool = False
    machine_watch_ms: int = 0
    languages: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    rules_fired: frozenset[str] = frozenset()
    sound_limit: int = 0
    is_objection: Callable[[str], bool] = _never
    refusal_key: str = ""
    recording_stopped: str = "All right, this call is no longer recorded."
    parting: str = "We cannot go on without recording the call. Thank you for calling. Goodbye."
    opt_out_wish: Callable[[str], str] = _no_wish
    opt_out_answer: Callable[[str], bool | None] = _no_answer
    opt_out_key: str = ""
    is_opt_out_presumed: bool = True
    opt_out_question: str = "Do you want us to stop calling you? Please say yes or no."
    still_there: str = "Are you still there?"
    giving_up: str = "I cannot hear you, so I will end the call now. Goodbye."
    goodbye: str = "Thank you for calling. Goodbye."
    length_warning: str = "Just so you know, this call can last one more minute."
    time_over: str = "We have reached the longest time a call can take, so I have to end it here. Goodbye."


TOLD = (
    "The caller was put through or served elsewhere meanwhile and is with you again. Read the newest note: tell the "
    "caller in one sentence what it says, as far as it concerns them, and go on from there. Do not greet them again."
)


def say_exactly(text: str) -> str:
    """The instruction that makes the model speak given words."""
    return f"Say exactly the following words to the caller, and nothing else: “{text}”"


def from_supervisor(text: str) -> str:
    """How the model is told what a supervisor has for it: to be followed, never to be read out."""
    return (
        "A supervisor who listens to this call tells you something that the caller does not hear. Follow it from your "
        f"next sentence on. Never read it out, and never mention that you were told: {text}"
    )
