"""Point the account's numbers at this installation: show what will change, ask, do it, remember the old values."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from calls import numbers
from calls.carrier.errors import CarrierError
from calls.models import Number


class Command(BaseCommand):
    """`manage.py configure_twilio`."""

    help = (
        "Point our active numbers at PUBLIC_URL. Shows the differences and asks first. "
        "Examples: configure_twilio --dry-run; configure_twilio --yes; configure_twilio --undo"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("--yes", action="store_true", help="Do not ask.")
        parser.add_argument("--dry-run", action="store_true", help="Only show; exit code 1 when something differs.")
        parser.add_argument("--undo", action="store_true", help="Put back what was there before the first change.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, show, ask, write."""
        try:
            if options["undo"]:
                self._undo()
            else:
                self._configure(is_dry=options["dry_run"], is_sure=options["yes"])
        except CarrierError as error:
            raise CommandError(f"Twilio could not be asked: {error}") from error

    def _configure(self, *, is_dry: bool, is_sure: bool) -> None:
        ours = list(Number.objects.filter(is_active=True).order_by("e164"))
        if not ours:
            raise CommandError("There is no active number. Add one in the admin first: /admin/calls/number/add/")
        compared = [(number, numbers.compare(number)) for number in ours]
        for _, comparison in compared:
            self._show(comparison)
        open_work = [(n, c) for n, c in compared if c.differences]
        if is_dry:
            if open_work:
                raise SystemExit(1)
            return
        if open_work and not is_sure and input("Change these settings at Twilio? [y/N] ").strip().lower() != "y":
            raise CommandError("Nothing was changed.")
        if open_work:
            self._remember([c for _, c in open_work])
        for number, comparison in compared:
            if comparison.phone_number_sid:
                numbers.point_at_us(number, comparison)
        self.stdout.write(
            f"{len(open_work)} of {len(ours)} numbers changed, the others were right or are not in the account."
        )

    def _show(self, comparison: numbers.Comparison) -> None:
        if not comparison.phone_number_sid:
            self.stdout.write(f"{comparison.e164}  is not in this Twilio account")
        elif not comparison.differences:
            self.stdout.write(f"{comparison.e164}  points at us")
        for difference in comparison.differences:
            self.stdout.write(
                f"{difference.e164}  {difference.name}: {difference.now or '(empty)'} -> {difference.wanted}"
            )

    def _remember(self, comparisons: list[numbers.Comparison]) -> None:
        """Keep the values of before; those of an earlier run that was not undone are the older ones and stay."""
        known = json.loads(_undo_file().read_text()) if _undo_file().exists() else {}
        changed = {c.phone_number_sid: {d.name: d.now for d in c.differences} for c in comparisons}
        old = {sid: changed.get(sid, {}) | known.get(sid, {}) for sid in {*known, *changed}}
        _undo_file().parent.mkdir(parents=True, exist_ok=True)
        _undo_file().write_text(json.dumps(old, indent=2))

    def _undo(self) -> None:
        if not _undo_file().exists():
            raise CommandError("There is nothing to undo.")
        for phone_number_sid, old in json.loads(_undo_file().read_text()).items():
            numbers.restore(phone_number_sid, old)
        _undo_file().unlink()
        self.stdout.write("The settings of before are back.")


def _undo_file() -> Path:
    """One per account: the demo's must not replace that of a real one."""
    return Path(settings.BASE_DIR) / "var" / f"configure_twilio.{settings.TWILIO_ACCOUNT_SID}.undo.json"
