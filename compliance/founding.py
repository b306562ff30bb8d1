"""The rows without which nothing is decided or kept: the switch, the law as this software comes with it, the
switch-board, the privacy mode, and how long each kind of data is kept.

They are made whenever tables are made. What is there already is left as it is.
"""

from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps as current
from django.apps.registry import Apps
from django.utils import timezone

from compliance import places, ruleset
from compliance.keeping import DEFAULTS

_FILES = Path(__file__).resolve().parent / "rulesets"


def lay(*, using: str, apps: Apps = current, **_: Any) -> None:
    """Make what is missing, as far as there are tables for it."""
    for model, make in (
        ("OutboundSwitch", _switch),
        ("Ruleset", _law),
        ("StateSwitch", _states),
        ("PrivacyMode", _mode),
        ("RetentionRule", _kept),
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
