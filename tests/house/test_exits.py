"""One door out: nothing in the product reaches the phone network but the few places named here."""

import ast

import pytest

from tests.house import exits, tree

# Modules whose first argument is a permit, and which only the door may import (a contract in pyproject.toml).
EXIT_MODULES = {"calls/carrier/outbound.py", "calls/realtime/refer.py"}
# Builders of documents that need no permit: the number and the host come from the settings.
NAMED_BUILDERS = {
    ("calls/carrier/twiml.py", "dial_fallback"),
    ("calls/carrier/twiml.py", "bridge_to_model"),
    ("calls/carrier/room_documents.py", "line_of_workflow"),
}
# Where documents for the carrier are built: a conference or a queue of ours is no exit there, a number in it is.
DOCUMENTS = ("calls/carrier/twiml", "calls/carrier/room_documents", "calls/carrier/outgoing_documents")
# May redirect a live call to a document of ours, and to nothing else.
REDIRECTS = {"calls/carrier/rest.py"}


def test_nothing_else_can_dial() -> None:
    elsewhere = [
        f"{tree.name(path)}:{line} in {within or 'the module itself'}"
        for path in tree.files(*tree.PRODUCT, suffix=".py")
        if tree.name(path) not in EXIT_MODULES | REDIRECTS
        for within, line in exits.in_module(tree.syntax(path), writes_documents=tree.name(path).startswith(DOCUMENTS))
        if (tree.name(path), within.partition(".")[0]) not in NAMED_BUILDERS
    ]
    assert elsewhere == []


def test_an_exit_begins_with_a_permit() -> None:
    """Every function of an exit that others may call takes the permit first, and neither number."""
    for name in EXIT_MODULES:
        if not (tree.ROOT / name).exists():
            continue
        public = [
            node
            for node in tree.syntax(tree.ROOT / name).body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
        ]
        assert public, name
        for function in public:
            first, *others = function.args.posonlyargs + function.args.args
            words = {argument.arg for argument in [*others, *function.args.kwonlyargs]}
            assert first.annotation is not None
            assert ast.unparse(first.annotation).endswith("DialPermit"), f"{name}: {function.name}"
            assert not words & {"to", "from_", "number", "caller_id"}, f"{name}: {function.name}"


def test_builders_without_a_permit_take_no_number() -> None:
    for name, builder in NAMED_BUILDERS:
        for node in ast.walk(tree.syntax(tree.ROOT / name)):
            if isinstance(node, ast.FunctionDef) and node.name == builder:
                words = {argument.arg for argument in [*node.args.args, *node.args.kwonlyargs]}
                assert not words & {"to", "number", "address", "target"}, builder


def test_the_adapter_of_live_calls_redirects_but_does_not_dial() -> None:
    for name in REDIRECTS:
        if (tree.ROOT / name).exists():
            for node in ast.walk(tree.syntax(tree.ROOT / name)):
                called = tree.called(node)
                assert not exits.DIALLING_CALLS.search(called), f"{name}:{getattr(node, 'lineno', '?')}"
                assert not exits.ENVELOPES.search(called), f"{name}:{getattr(node, 'lineno', '?')}"
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
        "response.dial(number)",
        "Dial(number=number)",
        "Dial(**words)",
        "dial.number(number)",
        "dial.sip(address)",
        "dial.client(name)",
        "dial.whats_app(number)",
        "dial.append(Number(number))",
        "dial.append(Client(name))",
        "response.refer()",
    ],
)
def test_the_search_finds_what_is_put_into_a_document(source: str) -> None:
    found = exits.in_module(ast.parse(f"def leave():\n    {source}\n"), writes_documents=True)
    assert found == [("leave", 2)]


@pytest.mark.parametrize(
    "source",
    ["Dial(action=url, method='POST')", "dial.conference(room)", "dial.queue(name)", "response.enqueue(None)"],
)
def test_a_conference_or_a_queue_of_ours_is_no_exit(source: str) -> None:
    assert exits.in_module(ast.parse(source), writes_documents=True) == []


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
