"""How one conversation is to be held: the part of a prompt version that the session itself acts on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConversationPlan:
    """What the session needs to know of the assistant; words are said exactly as written.

    `greeting` empty: the caller speaks first. `is_greeting_interruptible` False: the caller is heard during
    the greeting but does not cut it. `prompt_after_ms` 0: silence is never remarked upon.
    """

    greeting: str = ""
    is_greeting_interruptible: bool = True
    is_keypad_told: bool = True
    prompt_after_ms: int = 8_000
    still_there: str = "Are you still there?"
    giving_up: str = "I cannot hear you, so I will end the call now. Goodbye."
    goodbye: str = "Thank you for calling. Goodbye."


def say_exactly(text: str) -> str:
    """The instruction that makes the model speak given words."""
    return f"Say exactly the following words to the caller, and nothing else: “{text}”"
