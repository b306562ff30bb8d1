"""Finding, in source code, whatever could make the phone network ring somebody."""

import ast
import re

from tests.house import tree

# The verbs of TwiML and of the REST and SIP interfaces that reach another party.
DIALLING_CALLS = re.compile(
    r"(^|\.)(calls|participants)\.create(_async)?$"  # Calls.create, Participants.create
    r"|\.(dial|refer)$"  # VoiceResponse().dial(...), response.refer(...), client.realtime.calls.refer(...)
    r"|(^|\.)(Dial|Refer)$"  # twilio.twiml.voice_response.Dial(...)
)
# A live call can be told to dial as well.
REDIRECTING_CALLS = re.compile(r"(^|\.)(update|update_async)$")
REDIRECTING_WORDS = {"twiml", "url"}
# Requests and documents written by hand.
DIALLING_WORDS = re.compile(r"<(Dial|Refer)\b|/(Calls|Participants)\.json\b|/realtime/calls/.*refer\b|/refer$")


def in_module(module: ast.Module) -> list[tuple[str, int]]:
    """Every possible exit: the functions and classes around it, dotted, and its line."""
    found: list[tuple[str, int]] = []
    _search(module, (), found)
    return found


def _search(node: ast.AST, inside: tuple[str, ...], found: list[tuple[str, int]]) -> None:
    for child in ast.iter_child_nodes(node):
        if _is_docstring(child, node):
            continue
        within = inside
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            within = (*inside, child.name)
        if _is_exit(child):
            found.append((".".join(within), getattr(child, "lineno", 0)))
        _search(child, within, found)


def _is_exit(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        words = tree.called(node)
        if DIALLING_CALLS.search(words):
            return True
        return bool(REDIRECTING_CALLS.search(words)) and bool(
            REDIRECTING_WORDS & {keyword.arg for keyword in node.keywords if keyword.arg}
        )
    written = tree.literal(node)
    return written is not None and DIALLING_WORDS.search(written) is not None


def _is_docstring(node: ast.AST, around: ast.AST) -> bool:
    holders = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return (
        isinstance(around, holders)
        and bool(around.body)
        and around.body[0] is node
        and isinstance(node, ast.Expr)
        and tree.literal(node.value) is not None
    )
