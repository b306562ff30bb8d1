"""The rows without which nothing is decided or kept: the switch, the law as this software comes with it, the
switch-board, the privacy mode, how long each kind of data is kept, and what WhatsApp allows.

They are made whenever tables are made. What is there already is left as it is.
"""

import tomllib
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps as current
from django.apps.registry import Apps
from django.utils import timezone

from compliance import places, ruleset, whatsapp_terms
from compliance.keeping import DEFAULTS
from compliance.whatsapp_terms import ChannelRule

_FILES = Path(__file__).resolve().parent / "rulesets"


def lay(*, using: str, apps: Apps = current, **_: Any) -> None:
    """Make what is missing, as far as there are tables for it."""
    for model, make in (
        ("OutboundSwitch", _switch),
        ("Ruleset", _law),
        ("StateSwitch", _states),
        ("PrivacyMode", _mode),
        ("RetentionRule", _kept),
        ("WhatsAppRule", _whatsapp),
    ):
        try:
            table = apps.get_model("compliance", model)
        except LookupError:  # migrated back to before there was one
            continue
        make(table._default_manager.using(using), apps, using)


def _switch(table: Any, apps: Apps, using: str) -> None:
    table.get_or_create(name="everything")


def _law(table: Any, apps: Apps, using: str) -> None:
    known = set(table.values_list("pk", flat=True))
    rule = apps.get_model("compliance", "RuleRow")
    for id_, effective_from, rows, sha256 in _shipped():
        if id_ in known:
            continue
        adopted = table.create(
            id=id_, effective_from=effective_from, sha256=sha256, adopted_at=timezone.now(), adopted_by_ref="system"
        )
        columns = ruleset.RuleRow.__dataclass_fields__
        made = [rule(ruleset=adopted, **{name: getattr(row, name) for name in columns}) for row in rows]
        rule._default_manager.using(using).bulk_create(made)


def _states(table: Any, apps: Apps, using: str) -> None:
    known = set(table.values_list("state", flat=True))
    missing = [state for state in (*places.STATES, *ruleset.TERRITORIES) if state not in known]
    table.bulk_create([table.model(state=state) for state in missing], ignore_conflicts=True)


def _mode(table: Any, apps: Apps, using: str) -> None:
    table.bulk_create([table.model(name="everything")], ignore_conflicts=True)


def _kept(table: Any, apps: Apps, using: str) -> None:
    lines = [table.model(data_class=kind.value, days=kept.days, why=kept.why) for kind, kept in DEFAULTS.items()]
    table.bulk_create(lines, ignore_conflicts=True)


def _whatsapp(table: Any, apps: Apps, using: str) -> None:
    if not table.exists():  # from then on they are kept by whoever administers
        table.bulk_create([table.model(**asdict(rule)) for rule in _of_whatsapp()])


def _of_whatsapp() -> tuple[ChannelRule, ...]:
    text = (_FILES.parent / "channels" / "whatsapp-2026-11.toml").read_text(encoding="utf-8")
    rules = tuple(ChannelRule(**row) for row in tomllib.loads(text)["rows"])
    whatsapp_terms.check(rules)
    return rules


@cache
def _shipped() -> tuple[tuple[Any, ...], ...]:
    """The rulesets that come with this software; one that is not whole stops whoever makes tables."""
    found = []
    for path in sorted(_FILES.glob("*.toml")):
        id_, effective_from, rows = ruleset.read_file(path.read_text(encoding="utf-8"))
        sha256 = ruleset.content_hash(id_, effective_from, rows)
        ruleset.load(id_=id_, effective_from=effective_from, rows=rows, sha256=sha256)
        found.append((id_, effective_from, rows, sha256))
    return tuple(found)
