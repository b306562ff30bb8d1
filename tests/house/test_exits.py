"""One door out: nothing in the product reaches the phone network but the few places named here."""

import ast

import pytest

from tests.house import exits, tree

# Modules whose first argument is a permit, and which only the door may import (a contract in pyproject.toml).
EXIT_MODULES = {"calls/carrier/outbound.py", "calls/realtime/refer.py"}
# Builders of documents that need no permit: the number and the host come from the settings.
NAMED_BUILDERS = {("calls/carrier/twiml.py", "dial_fallback"), ("calls/carrier/twiml.py", "bridge_to_model")}
# Builders of a <Dial> that rings nobody: its only noun is a room.
ROOM_BUILDERS = {
    ("calls/carrier/room_documents.py", "room_of_caller"),
    ("calls/carrier/room_documents.py", "room_of_person"),
}
NOUNS_THAT_RING = {"number", "sip", "client", "queue", "sim", "whats_app", "application"}
# May redirect a live call to a document of ours, and to nothing else.
REDIRECTS = {"calls/carrier/rest.py"}


def test_nothing_else_can_dial() -> None:
    elsewhere = [
        f"{tree.name(path)}:{line} in {within or 'the module itself'}"
        for path in tree.files(*tree.PRODUCT, suffix=".py")
        if tree.name(path) not in EXIT_MODULES | REDIRECTS
        for within, line in exits.in_module(tree.syntax(path))
        if (tree.name(path), within.partition(".")[0]) not in NAMED_BUILDERS | ROOM_BUILDERS
    ]
    assert elsewhere == []


@pytest.mark.parametrize(("file", "builder"), sorted(ROOM_BUILDERS))
def test_a_room_rings_nobody(file: str, builder: str) -> None:
    (found,) = [
        node
        for node in ast.walk(tree.syntax(tree.ROOT / file))
        if isinstance(node, ast.FunctionDef) and node.name == builder
    ]
    called = [node.func for node in ast.walk(found) if isinstance(node, ast.Call)]
    verbs = {node.attr for node in called if isinstance(node, ast.Attribute)}
    assert "conference" in verbs
    assert not verbs & NOUNS_THAT_RING


def test_the_adapter_of_live_calls_redirects_but_does_not_dial() -> None:
    for name in REDIRECTS:
        if (tree.ROOT / name).exists():
            for node in ast.walk(tree.syntax(tree.ROOT / name)):
                assert not exits.DIALLING_CALLS.search(tree.called(node)), f"{name}:{getattr(node, 'lineno', '?')}"
                words = tree.literal(node)
                assert words is None or "<Dial" not in words, f"{name}:{getattr(node, 'lineno', '?')}"


def test_templates_hold_no_telephone_documents() -> None:
    wrong = [
        tree.name(path)
        for path in tree.files("templates", *tree.PRODUCT, suffix="")
        if path.suffix in (".html", ".xml", ".txt", ".md") and "<Dial" in path.read_text(encoding="utf-8")
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "source",
    [
        "client.calls.create(to=number)",
        "await self.client.calls.create_async(to=number)",
        "client.conferences(sid).participants.create(to=number)",
        "VoiceResponse().dial(number)",
        "Dial(number)",
        "voice_response.Dial()",
        "response.refer()",
        "openai.realtime.calls.refer(call_id)",
        "client.calls(sid).update(twiml=document)",
        "client.calls(sid).update(url=address)",
        "post('/2010-04-01/Accounts/AC1/Calls.json')",
        "body = '<Response><Dial>+14155550100</Dial></Response>'",
        "body = f'<Response><Refer>{target}</Refer></Response>'",
    ],
)
def test_the_search_finds(source: str) -> None:
    assert exits.in_module(ast.parse(f"async def leave():\n    {source}\n")) == [("leave", 2)]


@pytest.mark.parametrize(
    "source",
    [
        "Call.objects.create(to=number)",
        "client.calls(sid).update(status='completed')",
        "settings.update(name=1)",
        "dialing.dial_contact(contact, now)",
        "log.info('dial refused')",
    ],
)
def test_the_search_lets_pass(source: str) -> None:
    assert exits.in_module(ast.parse(source)) == []


def test_the_search_leaves_prose_alone() -> None:
    assert exits.in_module(ast.parse('"""About <Dial>."""\nclass Leg:\n    """Calls.json"""\n')) == []
