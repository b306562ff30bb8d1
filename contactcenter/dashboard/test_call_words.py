"""Words about test calls."""

from calls.lifecycle import EndedReason

# Why it ended, where that is another sentence than of a real call.
ENDINGS_OF_TESTS = {
    EndedReason.CALLER_HUNG_UP: "You hung up.",
    EndedReason.STREAM_LOST: "The connection to the page broke.",
    EndedReason.STREAM_MALFORMED: "The page sent something that no page of ours sends.",
    EndedReason.MODEL_UNREACHABLE: "The AI model could not be reached, or refused us.",
    EndedReason.NOT_ANSWERED: "The page never opened the line.",
    EndedReason.BRIDGE_FAILED: "A restart, or a fault of ours, ended it.",
}

_REFUSED = {
    "refused 401": "It does not accept the key in OPENAI_API_KEY.",
    "refused 403": "The key in OPENAI_API_KEY may not use this model.",
    "refused 404": "It knows no model of this name, or the key may not use it.",
    "refused 429": "The account has used up its limit, or its credit.",
    "timed out": "It did not answer in time.",
}


def refusal_words(why: str) -> str:
    """What the model, or the way to it, said when no session could be opened."""
    return _REFUSED.get(why, f"It said: {why}." if why else "")
