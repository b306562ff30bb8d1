"""The go-live check on the command line: what differs at the vendors, put right, taken back, and the sound check."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from agents.models import Agent
from calls.control import readiness, sound_check, vendor_settings
from calls.golive import Finding, Severity
from calls.models import Number, ReadinessCheck

_BY = "command line"


class Command(BaseCommand):
    """`manage.py go_live`."""

    help = (
        "Read Twilio's and OpenAI's settings and the way from there to here, and say what differs. Exit code 1 when "
        "something stops calls. Examples: go_live; go_live --repair; go_live --repair --key country:US; "
        "go_live --undo; go_live --ring ada@example.com"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("--repair", action="store_true", help="Put right what can be; asks first.")
        parser.add_argument("--key", action="append", default=[], help="Repair only this finding; may be repeated.")
        parser.add_argument("--undo", action="store_true", help="Take back everything we have changed.")
        parser.add_argument("--yes", action="store_true", help="Do not ask.")
        parser.add_argument("--ring", metavar="EMAIL", default="", help="Ring this colleague's own seat.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do one of them; without an option, check."""
        if options["undo"]:
            self._told(vendor_settings.undo(by=_BY, now=timezone.now()), "taken back")
        elif options["ring"]:
            self._ring(options["ring"])
        else:
            made = readiness.check(by=_BY, now=timezone.now())
            self._show(made)
            if options["repair"]:
                made = self._repair(made, set(options["key"]), is_sure=options["yes"])
            if made.blockers:
                raise SystemExit(1)

    def _show(self, made: ReadinessCheck) -> None:
        for finding in made.found():
            self._say(finding)
        if not made.findings:
            self.stdout.write("Nothing differs from what is needed. Last step: go_live --ring EMAIL")

    def _say(self, finding: Finding) -> None:
        word = {Severity.BLOCKER: "STOPS CALLS", Severity.SERIOUS: "SERIOUS", Severity.HINT: "HINT"}[finding.severity]
        self.stdout.write(f"{word}  {finding.about}: {finding.said}  [{finding.key}]")
        self.stdout.write(f"    why: {finding.why}")
        self.stdout.write(f"    callers: {finding.caller}")
        for change in finding.changes:
            self.stdout.write(f"    repair: {change.name}: {change.before or '(empty)'} -> {change.after or '(empty)'}")
        if finding.by_hand:
            self.stdout.write(f"    do: {finding.by_hand}")

    def _repair(self, made: ReadinessCheck, keys: set[str], *, is_sure: bool) -> ReadinessCheck:
        wanted = {
            finding.key for finding in made.found() if finding.is_repairable and (not keys or finding.key in keys)
        }
        if not wanted:
            raise CommandError("There is nothing here that can be repaired from here.")
        if not is_sure and input(f"Put {len(wanted)} right? [y/N] ").strip().lower() != "y":
            raise CommandError("Nothing was changed.")
        try:
            done, after = readiness.repair(wanted, by=_BY, now=timezone.now())
        except readiness.NotFound as nothing:
            raise CommandError(str(nothing)) from nothing
        self._told(done, "put right")
        return after

    def _told(self, done: vendor_settings.Done, what: str) -> None:
        for problem in done.problems:
            self.stderr.write(problem)
        self.stdout.write(f"{len(done.made)} settings {what}.")
        if not done.is_complete:
            raise CommandError("Not everything was done. Run it again: what is done is not done twice.")

    def _ring(self, email: str) -> None:
        agent = Agent.objects.filter(user__email__iexact=email, is_active=True).first()
        number = Number.objects.filter(is_active=True).order_by("e164").first()
        try:
            call = sound_check.ring(agent=agent, number=number, by=email, now=timezone.now())
        except sound_check.UnableToTest as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"It rings. Pick up, listen, press 1; then see call {call.pk}, or the go-live page.")
