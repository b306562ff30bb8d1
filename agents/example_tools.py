"""The tools that are shipped as examples (`library/example_tools.toml`), planted where an admin wants them."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from agents import mcp_offers
from agents.mcp_offers import Offer
from agents.models import Assistant, HttpTool, McpServer, ToolGrant
from compliance import audit

_FILE = Path(__file__).parent / "library" / "example_tools.toml"


def definitions(*, at: str, key: str) -> dict[str, list[dict[str, Any]]]:
    """What the file says, for a business that answers at the address `at` (without a slash at its end)."""
    filled: dict[str, list[dict[str, Any]]] = _filled(tomllib.loads(_FILE.read_text(encoding="utf-8")), at, key)
    return filled


def _filled(value: Any, at: str, key: str) -> Any:
    if isinstance(value, str):
        return value.replace("{at}", at).replace("{key}", key)
    if isinstance(value, list):
        return [_filled(one, at, key) for one in value]
    return {name: _filled(one, at, key) for name, one in value.items()} if isinstance(value, dict) else value


def load(*, at: str, key: str, by: str, now: datetime) -> list[str]:
    """Plant what is not there yet, and lead all of it to this address; the names of the tools.

    Raises ValidationError for an address that may not be asked (see TOOL_ALLOWED_HOSTS).
    """
    wanted = definitions(at=at, key=key)
    with transaction.atomic():
        names = [_http(one) for one in wanted["http"]]
        for one in wanted["mcp"]:
            names += _mcp(one, by=by, now=now)
        audit.note(act="load_example_tools", subject="tools:examples", by=by, now=now, at=at[:200])
    return names


def grant(assistant: Assistant, names: list[str]) -> None:
    """Grant tools to an assistant, those that it does not have."""
    for name in names:
        ToolGrant.objects.get_or_create(assistant=assistant, tool=name)


def _http(one: Mapping[str, Any]) -> str:
    fields = {name: value for name, value in one.items() if name != "headers"}
    tool = HttpTool.objects.filter(name=one["name"]).first() or HttpTool(**fields)
    tool.url = one["url"]
    tool.full_clean()
    tool.save()
    for name, value in one["headers"].items():
        tool.headers.update_or_create(name=name, defaults={"value": value})
    return tool.name


def _mcp(one: Mapping[str, Any], *, by: str, now: datetime) -> list[str]:
    """The server, with its tools as they are shipped: those are ours, and need nobody's eyes but the first time."""
    fields = {name: value for name, value in one.items() if name != "tools"}
    known = McpServer.objects.filter(slug=one["slug"]).first()
    server = known or McpServer(**fields)
    server.url, server.secret = one["url"], one["secret"]
    server.full_clean()
    server.save()
    if known is None:
        server.keep([_offer(server.slug, tool) for tool in one["tools"]], protocol="", trouble="", now=now)
        for tool in server.tools.all():
            tool.approve(fingerprint=tool.fingerprint, by=by, now=now)
    return [mcp_offers.declared_name(server.slug, tool["original"]) for tool in one["tools"]]


def _offer(slug: str, tool: Mapping[str, Any]) -> Offer:
    name = mcp_offers.declared_name(slug, tool["original"])
    return Offer(tool["original"], name, tool["description"], tool["parameters"], tool["is_read_only"])
