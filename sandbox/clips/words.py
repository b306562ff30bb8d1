"""The word bank: short nouns that exist as single clips, so that random sentences can be spoken and be understood.

"please note" is what a caller puts before three of them and "I noted" is how the assistant repeats them; one of them
can also be given to remember and be asked for later. A test draws the words anew each time, so that no answer can have
been prepared.
"""

_BANK = """
anchor apple basket bottle bridge button candle canyon carpet castle cherry compass
copper cotton dragon engine falcon feather forest garden hammer harbor island jacket
kettle ladder lantern lemon marble meadow mirror needle orange paddle pencil pepper
planet pocket rabbit ribbon river saddle shovel silver spoon tiger timber turtle
valley violin walnut window
"""

WORDS: tuple[str, ...] = tuple(_BANK.split())

_CALLERS_PHRASES = ("please note", "Please remember the word")

PHRASES: dict[str, tuple[str, ...]] = {
    "caller": _CALLERS_PHRASES,
    "caller-f1": _CALLERS_PHRASES,
    "caller-m1": _CALLERS_PHRASES,
    "assistant": ("I noted", "I will remember", "You told me the word"),
}
"""What may stand between bank words, by the voice that says it."""
