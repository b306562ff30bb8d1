"""Tools in a test call: what would reach beyond the page is not done, and the assistant is told what would have been.

Only what is named here is really done. A tool that nobody has thought of yet is safe, because it is not.
"""

from calls.tools.answer import ToolAnswer

# These touch nothing but the conversation itself, and its own page in the books. But a transfer rings a colleague, by
# whom it can be tried.
_DONE = frozenset({"end_call", "collect_digits", "send_digits", "transfer"}) | {
    *("record_fact", "search_knowledge", "set_disposition", "take_note"),
}
_NOT_DONE = "This is a test call, so nothing was done. "
_WOULD = {
    "callback": "On a real call the callback would now be noted. Confirm it as you would, and say that it is a test.",
    "opt_out": "On a real call their number would now be taken off every list, and you would say so and say goodbye.",
    "stop_recording": "A test call is not recorded. Say that the recording would have stopped.",
    "secure_capture": "On a real call the caller would key in the digits now, unheard by you. Say so, and go on as if "
    "they had been right.",
}


def instead_of(tool: str) -> ToolAnswer | None:
    """What a tool answers in a test call in place of doing its work; None for one that may do it."""
    if tool in _DONE:
        return None
    return ToolAnswer(_NOT_DONE + _WOULD.get(tool, "Say what you would have done, and go on."))
