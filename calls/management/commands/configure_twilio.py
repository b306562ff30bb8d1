"""Set the account up for this installation: show what will change, ask, do it, remember what was there before."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from calls.carrier.errors import CarrierError
from calls.control import readiness, vendor_settings
from calls.golive import Finding
from calls.golive.findings import shown
from calls.management import tunnels
from calls.models import Number


class Command(BaseCommand):
    """`manage.py configure_twilio`."""

    help = (
        "Have the calls and messages of our active numbers come to PUBLIC_URL. Shows the differences and asks first; "
        "stopped half-way, it goes on where it was. Examples: configure_twilio --dry-run; configure_twilio --yes; "
        "configure_twilio --tunnel cloudflared; configure_twilio --undo"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("--yes", action="store_true", help="Do not ask.")
        parser.add_argument("--dry-run", action="store_true", help="Only show; exit code 1 when something differs.")
        parser.add_argument("--undo", action="store_true", help="Put back what was there before the first change.")
        parser.add_argument("--url", default="", help="Another public address than PUBLIC_URL: an https origin.")
        parser.add_argument("--tunnel", choices=tunnels.PROGRAMS, help="Start this program and use its address.")
        parser.add_argument("--port", type=int, default=8000, help="Where we listen, for the tunnel.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, show, ask, write."""
        try:
            if options["undo"]:
                self._undo()
            elif options["tunnel"]:
                self._through_tunnel(options)
            else:
                self._configure(_origin(options["url"]), is_dry=options["dry_run"], is_sure=options["yes"])
        except CarrierError as error:
            raise CommandError(f"Twilio could not be asked: {error}") from error

    def _configure(self, url: str, *, is_dry: bool, is_sure: bool) -> str:
        """Answers what the changes go by, should they be taken back; empty when there were none."""
        ours = list(Number.objects.filter(is_active=True).order_by("e164"))
        if not ours:
            raise CommandError("There is no active number. Add one in the admin first: /admin/calls/number/add/")
        found = readiness.set_up(now=timezone.now(), public_url=url)
        self._show(ours, found)
        changes = [change for finding in found for change in finding.changes]
        if is_dry:
            if changes:
                raise SystemExit(1)
            return ""
        if url and url != settings.PUBLIC_URL:
            self.stdout.write(f"Signatures are checked against PUBLIC_URL: start with PUBLIC_URL={url}")
        if changes and not is_sure and input("Change these settings at Twilio? [y/N] ").strip().lower() != "y":
            raise CommandError("Nothing was changed.")
        done = vendor_settings.make(changes, by=_who(), now=timezone.now())
        for problem in done.problems:
            self.stderr.write(problem)
        self.stdout.write(f"{len(done.made)} of {len(changes)} settings changed.")
        if not done.is_complete:
            raise CommandError("Not everything was changed. Run it again: what is done is not done twice.")
        return done.made[0].run if done.made else ""

    def _show(self, ours: list[Number], found: list[Finding]) -> None:
        differs = {change.label for finding in found for change in finding.changes}
        elsewhere = {finding.about for finding in found if finding.key.startswith("number.missing:")}
        for number in ours:
            if number.e164 in elsewhere:
                self.stdout.write(f"{number.e164}  is not in this Twilio account")
            elif number.e164 not in differs:
                self.stdout.write(f"{number.e164}  points at us")
        for finding in found:
            if finding.key.startswith("unread:"):
                self.stderr.write(f"{finding.said} {finding.why}")
            for change in finding.changes:
                before, after = shown(change.before) or "(empty)", change.after or "(empty)"
                self.stdout.write(f"{change.label}  {change.name}: {before} -> {after}")

    def _undo(self, run: str = "") -> None:
        done = vendor_settings.undo(by=_who(), now=timezone.now(), run=run)
        for problem in done.problems:
            self.stderr.write(problem)
        if not done.made and not done.problems:
            raise CommandError("There is nothing to undo.")
        self.stdout.write(f"{len(done.made)} changes taken back: the settings of before are back.")
        if not done.is_complete:
            raise CommandError("Not everything was taken back. Run it again: what is done is not done twice.")

    def _through_tunnel(self, options: dict[str, Any]) -> None:
        try:
            with tunnels.opened(options["tunnel"], port=options["port"]) as tunnel:
                self.stdout.write(f"The tunnel leads from {tunnel.url} to port {options['port']}.")
                run = self._configure(tunnel.url, is_dry=options["dry_run"], is_sure=options["yes"])
                if options["dry_run"]:
                    return
                self.stdout.write("Ctrl-C closes the tunnel and puts the old settings back.")
                try:
                    tunnel.wait()
                    self.stderr.write("The tunnel has closed by itself.")
                except KeyboardInterrupt:
                    self.stdout.write("")
                if run:
                    self._undo(run)
        except tunnels.UnableToOpen as problem:
            raise CommandError(str(problem)) from problem


def _origin(url: str) -> str:
    origin = url.strip().rstrip("/")
    if origin and (not origin.startswith("https://") or "/" in origin.removeprefix("https://")):
        raise CommandError("Write the address as https://calls.example.com, without a path.")
    return origin


def _who() -> str:
    """Whoever sits at the machine, as the books name them."""
    try:
        return f"command line ({os.getlogin()})"
    except OSError:
        return "command line"
