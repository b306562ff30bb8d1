"""Finding, in source code, whatever could make the phone network ring somebody."""

import ast
import re

from tests.house import tree

# The verbs of TwiML and of the REST and SIP interfaces that reach another party.
DIALLING_CALLS = re.compile(
    r"(^|\.)(calls|participants|validation_requests)\.create(_async)?$"  # Calls.create and what else rings
    r"|(^|\.)[Rr]efer$"  # response.refer(...), client.realtime.calls.refer(...), Refer()
)
# The verb that takes a caller elsewhere: a number in it is an exit; without one it is an empty envelope, for a
# conference or a queue of ours, until one of these is put into it.
ENVELOPES = re.compile(r"(\.|^)[Dd]ial$")
DESTINATIONS = re.compile(
    r"\.(number|sip|client|whats_app|sim|refer_sip|application)$"  # dial.number(...), dial.client(...)
    r"|^(voice_response\.)?(Number|Sip|Client|WhatsApp|Sim|ReferSip|Application)$"
)
# A live call can be told to dial as well.
REDIRECTING_CALLS = re.compile(r"(^|\.)(update|update_async)$")
REDIRECTING_WORDS = {"twiml", "url"}
# Requests and documents written by hand.
DIALLING_WORDS = re.compile(r"<(Dial|Refer)\b|/(Calls|Participants)\.json\b|/realtime/calls/.*refer\b|/refer$")


def in_module(module: ast.Module, *, writes_documents: bool = False) -> list[tuple[str, int]]:
    """Every possible exit: the functions and classes around it, dotted, and its line.

    Where telephone documents are written, an empty envelope is none, but whatever is put into it is. Elsewhere there is
    no reason for either.
    """
    found: list[tuple[str, int]] = []
    _search(module, (), found, writes_documents)
    return found


def _search(node: ast.AST, inside: tuple[str, ...], found: list[tuple[str, int]], writes_documents: bool) -> None:
    for child in ast.iter_child_nodes(node):
        if _is_docstring(child, node):
            continue
        within = inside
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            within = (*inside, child.name)
        if _is_exit(child, writes_documents):
            found.append((".".join(within), getattr(child, "lineno", 0)))
        _search(child, within, found, writes_documents)


def _is_exit(node: ast.AST, writes_documents: bool) -> bool:
    if isinstance(node, ast.Call):
        words = tree.called(node)
        if DIALLING_CALLS.search(words):
            return True
        if ENVELOPES.search(words):
            return not writes_documents or _may_hold_a_number(node)
        if writes_documents and DESTINATIONS.search(words):
            return True
        return bool(REDIRECTING_CALLS.search(words)) and bool(
            REDIRECTING_WORDS & {keyword.arg for keyword in node.keywords if keyword.arg}
        )
    written = tree.literal(node)
    return written is not None and DIALLING_WORDS.search(written) is not None


def _may_hold_a_number(dial: ast.Call) -> bool:
    return bool(dial.args) or any(keyword.arg in (None, "number") for keyword in dial.keywords)


def _is_docstring(node: ast.AST, around: ast.AST) -> bool:
    holders = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return (
        isinstance(around, holders)
        and bool(around.body)
        and around.body[0] is node
        and isinstance(node, ast.Expr)
        and tree.literal(node.value) is not None
    )
