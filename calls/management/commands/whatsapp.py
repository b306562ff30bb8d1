"""WhatsApp senders and templates: set up, switched off, checked, made, submitted, followed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from calls.carrier.errors import CarrierError
from calls.control.whatsapp import senders, templates
from calls.models import Number, WhatsAppSender, WhatsAppTemplate
from compliance.whatsapp_terms import UnableToApply

_BY = "manage.py whatsapp"


class Command(BaseCommand):
    """`manage.py whatsapp`."""

    help = (
        "WhatsApp calls. Examples: whatsapp senders; whatsapp set_up +5511955550100 --edge sao-paulo; "
        "whatsapp check +5511955550100; whatsapp switch_off +5511955550100; whatsapp templates --language en; "
        "whatsapp follow"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, and with which number."""
        parser.add_argument("act", choices=["senders", "set_up", "check", "switch_off", "templates", "follow"])
        parser.add_argument("number", nargs="?", default="", help="A number of ours, as +5511955550100.")
        parser.add_argument("--edge", default="", help="set_up: Twilio's edge nearest to its callers.")
        parser.add_argument("--language", default="en", help="templates: in which language they are made.")
        parser.add_argument("--yes", action="store_true", help="Do not ask.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, or say why not."""
        try:
            getattr(self, f"_{options['act']}")(options)
        except (senders.UnableToSetUp, templates.UnableToSubmit, UnableToApply) as problem:
            raise CommandError(str(problem)) from problem
        except CarrierError as error:
            raise CommandError(f"Twilio could not be asked, or refused: {error}") from error

    def _senders(self, _: dict[str, Any]) -> None:
        known = {sender.sender_sid for sender in WhatsAppSender.objects.all()}
        found = senders.at_carrier()
        for one in found:
            ours = "set up here" if one.sender_sid in known else "not set up here"
            self.stdout.write(f"{one.e164}  {one.status}  {one.messaging_limit or 'limit unknown'}  {ours}")
        if not found:
            self.stdout.write("This Twilio account has no WhatsApp sender.")

    def _set_up(self, options: dict[str, Any]) -> None:
        number = Number.objects.filter(e164=options["number"]).first()
        if number is None:
            raise CommandError(
                "There is no such number. Add it in the admin first, and say who answers: /admin/calls/number/add/"
            )
        question = f"Send WhatsApp calls and messages of {number.e164} here? [y/N] "
        if not options["yes"] and input(question).strip().lower() != "y":
            raise CommandError("Nothing was changed.")
        sender = senders.set_up(number=number, edge=options["edge"], by=_BY, now=timezone.now())
        self.stdout.write(f"{number.e164}  is set up: {sender.status}")
        self._check(options)

    def _check(self, options: dict[str, Any]) -> None:
        for finding in senders.readiness(self._sender(options), now=timezone.now()):
            whose = f"  ({finding.whose})" if finding.whose else ""
            self.stdout.write(f"{finding.level:8} {finding.what}{whose}")

    def _switch_off(self, options: dict[str, Any]) -> None:
        sender = self._sender(options)
        senders.switch_off(sender=sender, by=_BY, now=timezone.now())
        self.stdout.write(f"{sender.number.e164}  takes and places no WhatsApp calls any more.")

    def _sender(self, options: dict[str, Any]) -> WhatsAppSender:
        found = WhatsAppSender.objects.select_related("number").filter(number__e164=options["number"]).first()
        if found is None:
            raise CommandError("This number is not set up for WhatsApp. See: whatsapp senders")
        return found

    def _templates(self, options: dict[str, Any]) -> None:
        for template in templates.begin(options["language"]):
            if not template.approval:
                templates.submit(template=template, by=_BY, now=timezone.now())
            self._show(template)

    def _follow(self, _: dict[str, Any]) -> None:
        for template in WhatsAppTemplate.objects.exclude(content_sid="").order_by("name"):
            templates.look_up(template, now=timezone.now())
            self._show(template)

    def _show(self, template: WhatsAppTemplate) -> None:
        why = f": {template.why_rejected}" if template.why_rejected else ""
        self.stdout.write(f"{template.name}  {template.get_approval_display()}{why}")
