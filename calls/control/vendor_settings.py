"""Changing settings at the vendors so that it can be taken back exactly.

What is there before is written down and committed before the vendor is asked; whoever is killed in between leaves a
change that is under way, and the next one finds out at the vendor whether it was made. Told twice, nothing is done
twice. You must not hold a transaction while you change.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

from django.conf import settings

from calls.carrier import vendor_settings as at_carrier
from calls.carrier.errors import CarrierError
from calls.golive.findings import Change, shown
from calls.models import SettingChange
from calls.realtime import account as at_model
from compliance import audit

WEBHOOK = "webhook"
State = SettingChange.State


@dataclass(slots=True)
class Done:
    """What came of it: changes made or taken back, those that were left, and what is to be said of it to people.

    `is_complete` False: a vendor did not answer, or refused; the same once more will go on from there.
    """

    made: list[SettingChange] = field(default_factory=list)
    left: list[SettingChange] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    is_complete: bool = True

    def fail(self, *problems: str) -> None:
        """Something could not be done."""
        self.problems += problems
        self.is_complete = self.is_complete and not problems


def make(changes: Iterable[Change], *, by: str, now: datetime) -> Done:
    """Make these changes, each thing's in one request. What is right by now is not touched."""
    done, run = Done(), secrets.token_hex(8)
    done.fail(*settle())
    ordered = sorted(changes, key=lambda change: (change.what, change.ref))
    for (what, ref), of_one in groupby(ordered, key=lambda change: (change.what, change.ref)):
        _make(what, ref, list(of_one), done, run=run, by=by, now=now)
    return done


def _make(what: str, ref: str, changes: list[Change], done: Done, *, run: str, by: str, now: datetime) -> None:
    rows: list[SettingChange] = []
    try:
        before = _read(what, ref, {change.name for change in changes})
        due = [replace(change, before=before[change.name]) for change in changes if before[change.name] != change.after]
        if not due:
            return
        rows = SettingChange.plan(due, run=run, account=_account(what), by=by, now=now)
        _write(what, ref, {change.name: change.after for change in due})
    except (CarrierError, at_model.UnableToChange) as error:
        if not error.may_be_done:
            SettingChange.settle(rows, State.FAILED, problem=str(error))
        done.fail(f"{changes[0].label}: {error}")
        return
    SettingChange.settle(rows, State.MADE)
    audit.note(
        act="change_vendor_setting",
        subject=f"{what}:{ref}",
        by=by,
        now=now,
        settings={change.name: [shown(change.before)[:200], shown(change.after)[:200]] for change in due},
    )
    done.made += rows


def settle() -> list[str]:
    """Find out what became of changes whose maker was stopped, or whose answer was lost; problems, for people."""
    problems = []
    under_way = [row for account in _accounts() for row in SettingChange.under_way(account=account)]
    ordered = sorted(under_way, key=lambda row: (row.what, row.ref, row.pk))
    for (what, ref), of_one in groupby(ordered, key=lambda row: (row.what, row.ref)):
        rows = list(of_one)
        try:
            there = _read(what, ref, {row.name for row in rows})
        except (CarrierError, at_model.UnableToChange) as error:
            problems.append(f"{rows[0].label}: {error}")
            continue
        SettingChange.settle([row for row in rows if there[row.name] == row.after], State.MADE)
        SettingChange.settle(
            [row for row in rows if there[row.name] != row.after], State.FAILED, problem="stopped before it was made"
        )
    return problems


def undo(*, by: str, now: datetime, run: str = "") -> Done:
    """Take back the changes of one go, or all that stand: each setting is as it was before the first of them.

    A setting that somebody else has changed since is left as it is.
    """
    done = Done()
    done.fail(*settle())
    standing = [row for account in _accounts() for row in SettingChange.standing(account=account, run=run)]
    ordered = sorted(standing, key=lambda row: (row.what, row.ref, row.name, row.pk))
    for (what, ref), of_thing in groupby(ordered, key=lambda row: (row.what, row.ref)):
        rows = list(of_thing)
        settings_of = [list(group) for _, group in groupby(rows, key=lambda row: row.name)]
        _undo(what, ref, settings_of, done, by=by, now=now)
    return done


def _undo(what: str, ref: str, of_settings: list[list[SettingChange]], done: Done, *, by: str, now: datetime) -> None:
    """`of_settings`: of each setting its changes, oldest first."""
    label = of_settings[0][0].label
    try:
        there = _read(what, ref, {rows[0].name for rows in of_settings})
        due: list[list[SettingChange]] = []
        changed_since: list[list[SettingChange]] = []
        for rows in of_settings:
            if SettingChange.has_later(rows[-1], among=rows):
                done.problems.append(f"{label}: {rows[0].name} was changed again later: take that back first.")
                continue
            is_ours = there[rows[0].name] in (rows[-1].after, rows[0].before)
            (due if is_ours and rows[0].can_be_restored else changed_since).append(rows)
        values = {rows[0].name: rows[0].before for rows in due if there[rows[0].name] != rows[0].before}
        if values:
            _write(what, ref, values)
    except (CarrierError, at_model.UnableToChange) as error:
        done.fail(f"{label}: {error}")
        return
    taken_back = [row for rows in due for row in rows]
    SettingChange.undo(taken_back, State.UNDONE, by=by, now=now)
    if values:
        audit.note(act="restore_vendor_setting", subject=f"{what}:{ref}", by=by, now=now, settings=sorted(values))
    done.made += taken_back
    for rows in changed_since:
        since = f"is {shown(there[rows[0].name])[:150] or 'empty'} by now"
        SettingChange.undo(rows, State.LEFT, by=by, now=now, problem=since)
        done.left += rows
        done.problems.append(f"{label}: {rows[0].name} {since}: somebody has changed it since, so it is left.")


def _accounts() -> set[str]:
    return {_account(""), _account(WEBHOOK)}


def _account(what: str) -> str:
    """Whose settings they are: the demo's must never be written into a real account."""
    if what == WEBHOOK:
        return f"openai:{settings.OPENAI_PROJECT_ID}"[:64]
    return settings.TWILIO_ACCOUNT_SID


def _read(what: str, ref: str, names: set[str]) -> dict[str, str]:
    if what == WEBHOOK:
        return {name: at_model.read_events(ref) for name in names}
    return at_carrier.read(what, ref, frozenset(names))


def _write(what: str, ref: str, values: dict[str, str]) -> None:
    if what == WEBHOOK:
        for events in values.values():
            at_model.write_events(ref, events)
    else:
        at_carrier.write(what, ref, values)
