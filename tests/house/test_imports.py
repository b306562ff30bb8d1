"""Who may import whom: the contracts of pyproject.toml, and the edges between rooms that are not imports."""

import ast
import os
import re
import subprocess
import sys
from typing import Any

import pytest
from django.apps import apps

from tests.house import tree

# Rooms without framework, vendor, socket, clock or dice. Those not built yet join the contract with their first file.
PURE = {
    "agents.document_text",
    "agents.foreign_shapes",
    "agents.json_shapes",
    "agents.matching",
    "agents.mcp_offers",
    "agents.canary",
    "agents.prompt_critique",
    "agents.prompt_languages",
    "agents.prompt_lint",
    "agents.prompt_sections",
    "agents.prompt_text",
    "agents.session_rules",
    "agents.relay_rules",
    "agents.tool_specs",
    "agents.unseen",
    "agents.web_addresses",
    "calls.campaigns.contact_files",
    "calls.campaigns.pacing",
    "calls.campaigns.retrying",
    "calls.campaigns.window",
    "calls.carrier.callbacks",
    "calls.carrier.capture_callback",
    "calls.carrier.debugger_callback",
    "calls.carrier.media_stream",
    "calls.carrier.page_stream",
    "calls.carrier.relay",
    "calls.costs",
    "calls.golive",
    "calls.intake.hours",
    "calls.intake.policy",
    "calls.lifecycle",
    "calls.line_rules",
    "calls.reconciliation",
    "calls.realtime.item_events",
    "calls.realtime.responses_wire",
    "calls.realtime.session_config",
    "calls.realtime.wire",
    "calls.tools.mcp.told",
    "calls.tools.mcp.wire",
    "calls.voice",
    "compliance.business_days",
    "compliance.callback_times",
    "compliance.chain",
    "compliance.consent_check",
    "compliance.consent_rows",
    "compliance.consent_words",
    "compliance.disclosure_check",
    "compliance.disclosure_texts",
    "compliance.disclosures",
    "compliance.list_files",
    "compliance.local_time",
    "compliance.numbers",
    "compliance.opt_out_replies",
    "compliance.opt_out_sentences",
    "compliance.opt_out_words",
    "compliance.places",
    "compliance.recording_rules",
    "compliance.redaction",
    "compliance.rehydrate",
    "compliance.rules",
    "compliance.ruleset",
    "compliance.codes",
    "compliance.customer",
    "compliance.rule_values",
    "compliance.zones",
    "compliance.verdict",
    "compliance.whatsapp",
    "compliance.whatsapp_terms",
    "contactcenter.watchdog",
}
PROTECTED = {
    "calls.carrier.outbound",
    "calls.realtime.refer",
    "calls.carrier.client",
    "compliance.gate",
    "calls.carrier",
    "calls.realtime",
    "calls.voice",
}
PROTECTED_VENDORS = {"picows"}
# From the top of the house down; a key may only point downwards or stay in its app.
FLOORS = ("contactcenter", "calls", "agents", "compliance")
ENQUEUED_BY_NAME = {"send_task", "signature"}
INCLUDE = re.compile(r"{%-?\s*(include|extends)\s+[\"']([^\"']+)[\"']")


def contracts() -> list[dict[str, Any]]:
    return tree.pyproject()["tool"]["importlinter"]["contracts"]


def test_contracts_are_kept() -> None:
    """In a process of its own: twisted, which Django loads here, makes import-linter stumble over its classes."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"]
    linted = subprocess.run(command, cwd=tree.ROOT, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout.partition("Broken contracts")[2] or linted.stdout + linted.stderr


def test_pure_rooms_that_exist_are_under_the_contract() -> None:
    (contract,) = [one for one in contracts() if one["name"].startswith("Pure")]
    assert set(contract["source_modules"]) == {room for room in PURE if tree.exists(room)}


def test_pure_rooms_that_exist_are_typed_strictly() -> None:
    (strict,) = [one for one in tree.pyproject()["tool"]["mypy"]["overrides"] if one.get("disallow_untyped_defs")]
    assert set(strict["module"]) == {f"{room}.*" for room in PURE if tree.exists(room)}


def test_protected_rooms_that_exist_are_under_a_contract() -> None:
    named = {room for one in contracts() if one["type"] == "protected" for room in one["protected_modules"]}
    assert named == {room for room in PROTECTED if tree.exists(room)} | PROTECTED_VENDORS


def test_keys_between_tables_point_downwards() -> None:
    wrong = []
    for model in apps.get_models():
        app = model._meta.app_label
        if app not in FLOORS:
            continue
        for field in model._meta.get_fields(include_hidden=True):
            target = _app(field.related_model) if field.is_relation and field.related_model else app
            reverse = field.auto_created and not field.concrete
            if not reverse and target in FLOORS and FLOORS.index(target) < FLOORS.index(app):
                wrong.append(f"{model._meta.label}.{field.name} -> {target}")
    assert wrong == []


def test_keys_between_tables_stay_out_of_compliance() -> None:
    """Its books outlive the rows of others: it keeps plain references."""
    keys = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label == "compliance"
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model and _app(field.related_model) != "compliance"
    ]
    assert keys == []


def test_tasks_are_enqueued_by_import_not_by_name() -> None:
    by_name = [
        f"{file}:{node.lineno}"
        for file, node in tree.nodes(*tree.PRODUCT)
        if isinstance(node, ast.Call)
        and tree.called(node).rpartition(".")[2] in ENQUEUED_BY_NAME
        and node.args
        and tree.literal(node.args[0]) is not None
    ]
    assert by_name == []


def test_scheduled_tasks_exist() -> None:
    written = {tree.literal(value) for key, value in _dictionary_items("contactcenter") if key == "task"} - {None}
    declared = {
        f"{file.removesuffix('.py').replace('/', '.')}.{node.name}"
        for file, node in tree.nodes(*tree.PRODUCT)
        if isinstance(node, ast.FunctionDef) and any("task" in ast.dump(one) for one in node.decorator_list)
    }
    assert written <= declared


def test_messages_to_the_channel_layer_have_a_consumer_that_handles_them() -> None:
    sent = {}
    for file, node in tree.nodes(*tree.PRODUCT):
        if isinstance(node, ast.Call) and tree.called(node).rpartition(".")[2] in ("group_send", "send"):
            for argument in node.args:
                for key, value in _items(argument):
                    if key == "type" and (kind := tree.literal(value)) and "." in kind:
                        sent[kind] = f"{file}:{node.lineno}"
    handled = {node.name for _, node in tree.nodes(*tree.PRODUCT) if isinstance(node, ast.AsyncFunctionDef)}
    protocol = ("http.", "websocket.", "lifespan.")
    unheard = {
        kind: where
        for kind, where in sent.items()
        if not kind.startswith(protocol) and kind.replace(".", "_") not in handled
    }
    assert unheard == {}


def _includes() -> list[tuple[str, str, str]]:
    return [
        (tree.name(path), verb, target)
        for path in tree.files("templates", *tree.PRODUCT, suffix=".html")
        for verb, target in INCLUDE.findall(path.read_text(encoding="utf-8"))
    ]


def _own_templates() -> set[str]:
    folders = [tree.ROOT / "templates", *(tree.ROOT / app / "templates" for app in tree.PRODUCT)]
    return {path.relative_to(top).as_posix() for top in folders for path in top.rglob("*.html")}


def test_included_templates_exist() -> None:
    from django.template.loader import get_template

    own = _own_templates()
    for file, verb, target in _includes():
        if target not in own:
            assert get_template(target), f"{file} {verb} {target}"


def test_only_fragments_are_included_and_none_is_extended() -> None:
    """A fragment begins with an underscore; messages to the browser's socket, in `push/`, may contain each other."""
    own = _own_templates()
    wrong = [
        f"{file}: {verb} {target}"
        for file, verb, target in _includes()
        if target in own
        and not ("/push/" in file and "/push/" in target and verb == "include")
        and target.rpartition("/")[2].startswith("_") != (verb == "include")
    ]
    assert wrong == []


def test_every_underscore_template_is_used() -> None:
    included = {target for _, verb, target in _includes() if verb == "include"}
    words = {tree.literal(node) for _, node in tree.nodes(*tree.PRODUCT)} - {None}
    unused = [
        name
        for name in _own_templates()
        if name.rpartition("/")[2].startswith("_") and name not in included and not _named(name, words)
    ]
    assert unused == []


def _named(template: str, words: set[str | None]) -> bool:
    """Rendered alone by its name, or by the stem a card goes by."""
    stem = template.rpartition("/")[2].removeprefix("_").removesuffix(".html")
    return template in words or stem in words


def _app(model: Any) -> str:
    return str(model._meta.app_label)


def _items(node: ast.AST) -> list[tuple[str | None, ast.expr]]:
    if not isinstance(node, ast.Dict):
        return []
    return [(tree.literal(key), value) for key, value in zip(node.keys, node.values, strict=True)]


def _dictionary_items(*folders: str) -> list[tuple[str | None, ast.expr]]:
    return [item for _, node in tree.nodes(*folders) for item in _items(node)]


def test_no_process_loads_the_vendors_sdk_when_it_starts() -> None:
    """It takes half a second, in every web process and every bridge; whoever asks it loads it then."""
    assert said_by("import contactcenter.asgi, sys; print(sorted({'openai', 'httpx'} & set(sys.modules)))") == "[]"


@pytest.mark.parametrize("library", ["", "openai"])
def test_whoever_sends_callers_on_has_the_vendors_sdk_loaded_before(library: str) -> None:
    """In the process tools are run in: a caller would wait while it loads."""
    told = f"""
import asyncio, django
django.setup()
from calls.tools import workshop
from tests.house.loaded import is_loaded
asyncio.run(workshop.open_up(with_library={library!r}))
print(workshop._idle[0].run(workshop._Job(is_loaded, 0, "look_up", {{"library": "openai"}})))
"""
    assert said_by(told) == str(bool(library))


def said_by(code: str) -> str:
    """What a new process of the product prints that runs this."""
    stores = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    env = os.environ | stores | {"SECRET_KEY": "x", "DJANGO_SETTINGS_MODULE": "contactcenter.settings"}
    command = [sys.executable, "-W", "ignore", "-c", code]
    ran = subprocess.run(command, cwd=tree.ROOT, env=env, capture_output=True, text=True, check=False)
    return ran.stdout.strip() or ran.stderr
