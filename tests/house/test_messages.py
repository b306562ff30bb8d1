"""What one process tells another over the channel layer: every kind that is sent is taken by somebody, and back."""

import ast
from collections.abc import Iterator

from tests.house import tree

_SENDS = ("group_send",)
_LISTENS = ("new_channel",)


def modules(*verbs: str) -> Iterator[tuple[str, ast.Module]]:
    """The product's modules that call one of these methods of a channel layer."""
    for path in tree.files(*tree.PRODUCT, suffix=".py"):
        if any(tree.called(node).rpartition(".")[2] in verbs for node in tree.nodes_of(path)):
            yield tree.name(path), tree.syntax(path)


def kinds_sent(module: ast.Module) -> Iterator[str | None]:
    """The kind of every message that is written out here; None for one whose kind is not."""
    for node in ast.walk(module):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if tree.literal(key) == "type":
                    yield tree.literal(value)


def kinds_taken(module: ast.Module) -> Iterator[str]:
    """The kinds this module tells apart: by comparing, by matching, or as a consumer by the names of its methods."""
    for node in ast.walk(module):
        words: list[ast.AST] = []
        if isinstance(node, ast.Compare):
            words = [part for side in (node.left, *node.comparators) for part in ast.walk(side)]
        elif isinstance(node, ast.MatchValue):
            words = [node.value]
        yield from (word for part in words if (word := tree.literal(part)) and "." in word)
        if isinstance(node, ast.ClassDef) and node.name.endswith("Consumer"):
            for method in node.body:
                if isinstance(method, ast.AsyncFunctionDef) and "_" in method.name.strip("_"):
                    yield method.name.replace("_", ".", 1)


def sent() -> dict[str | None, str]:
    return {kind: name for name, module in modules(*_SENDS) for kind in kinds_sent(module)}


def taken() -> set[str]:
    return {kind for _, module in modules(*_LISTENS) for kind in kinds_taken(module)}


def test_every_message_says_in_the_source_of_what_kind_it_is() -> None:
    assert None not in sent(), sent().get(None)
    assert {"bridge.warm", "floor.news"} <= sent().keys(), "the rule below looks at something"


def test_every_kind_that_is_sent_is_taken_by_somebody() -> None:
    assert {kind: name for kind, name in sent().items() if kind not in taken()} == {}


def test_nobody_waits_for_a_kind_that_is_never_sent() -> None:
    assert taken() - sent().keys() == set()


def test_the_rule_sees_both_ways_of_taking() -> None:
    source = """
class FloorConsumer:
    async def floor_moved(self, message): ...

def take(message):
    if message["type"] in ("a.one", "a.two"): ...
    match message["type"]:
        case "a.three": ...
"""
    assert set(kinds_taken(ast.parse(source))) == {"floor.moved", "a.one", "a.two", "a.three"}
    assert list(kinds_sent(ast.parse('layer.group_send(GROUP, {"type": "a.one", "n": 1})'))) == ["a.one"]
    assert list(kinds_sent(ast.parse('{"type": kind}'))) == [None]
