"""What a caller keyed in must not be written down: no webhook keeps a form as it came."""

import ast

from tests.house import tree

KEEPS = ("calls/webhooks/answering.py", "kept")


def test_forms_are_kept_without_what_was_keyed() -> None:
    found = []
    for path in tree.files("calls/webhooks", suffix=".py"):
        for function in ast.walk(tree.syntax(path)):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                found += [
                    (tree.name(path), function.name)
                    for node in ast.walk(function)
                    if tree.called(node).endswith((".dict", ".lists", ".urlencode")) or tree.called(node) == "dict"
                ]
    assert set(found) == {KEEPS}
