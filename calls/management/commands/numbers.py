"""Numbers from a terminal: look for them, buy, list, give back."""

import getpass
import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from calls.line_rules.searching import KINDS, Search
from calls.models import Number, NumberOrder
from calls.provisioning import buying, our_numbers
from calls.provisioning.problems import UnableTo
from compliance.numbers import country_of


class Command(BaseCommand):
    """`manage.py numbers`."""

    help = (
        "Our numbers at the carrier. Examples: numbers list; numbers search US --area-code 415; "
        "numbers buy +14155550150; numbers release +14155550150; numbers settle"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One word for what to do, and what it needs."""
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list", help="What is ours.")
        search = acts.add_parser("search", help="What is for sale.")
        search.add_argument("country")
        search.add_argument("--kind", choices=[*map(str, KINDS), "short-code"], default="local")
        search.add_argument("--area-code", default="")
        search.add_argument("--contains", default="")
        search.add_argument("--sms", action="store_true")
        buy = acts.add_parser("buy", help="Buy a number and point it here.")
        buy.add_argument("number")
        buy.add_argument("--kind", choices=[*map(str, KINDS)], default="local")
        buy.add_argument("--label", default="")
        buy.add_argument("--yes", action="store_true", help="Do not ask.")
        release = acts.add_parser("release", help="Give a number back, for good.")
        release.add_argument("number")
        release.add_argument("--really", default="", metavar="NUMBER", help="The number once more: do not ask.")
        acts.add_parser("settle", help="Find out about orders whose answer was lost.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, or say why not."""
        try:
            getattr(self, f"_{options['act']}")(options)
        except UnableTo as problem:
            raise CommandError(str(problem)) from problem

    def _list(self, _: dict[str, Any]) -> None:
        for number in Number.objects.select_related("trunk").filter(released_at=None).order_by("e164"):
            where = f"trunk {number.trunk}" if number.trunk else ("us" if number.is_active else "off")
            self.stdout.write(f"{number.e164}  {where}  {number.label}")

    def _search(self, given: dict[str, Any]) -> None:
        wanted = Search(
            given["country"].upper(), given["kind"], given["area_code"], given["contains"], needs_sms=given["sms"]
        )
        offered = buying.look(wanted)
        for one in offered.numbers:
            self.stdout.write(f"{one.e164}  {', '.join(one.capabilities)}  {one.place}")
        self.stdout.write(f"{len(offered.numbers)} found; {offered.price or 'price not told'} a month each.")

    def _buy(self, given: dict[str, Any]) -> None:
        e164, kind = given["number"], given["kind"]
        price = buying.price_of(country=country_of(e164), kind=kind)
        if not given["yes"] and input(f"Buy {e164} for {price or 'a price that was not told'} a month? [y/N] ") != "y":
            raise CommandError("Nothing was bought.")
        order = buying.buy(
            ref=secrets.token_urlsafe(16),
            e164=e164,
            kind=kind,
            price=price,
            label=given["label"],
            by=_who(),
            now=timezone.now(),
        )
        if order.state != NumberOrder.State.BOUGHT:
            raise CommandError(order.said or "Nobody knows yet. Ask again: numbers settle")
        self.stdout.write(f"{e164}: {order.said}")

    def _release(self, given: dict[str, Any]) -> None:
        number = Number.objects.filter(e164=given["number"], released_at=None).first()
        if number is None:
            raise CommandError("This number is not ours.")
        typed = given["really"] or input("It cannot be taken back. Write the number once more: ")
        our_numbers.release(number=number, typed=typed, by=_who(), now=timezone.now())
        self.stdout.write(f"{number.e164} was given back.")

    def _settle(self, _: dict[str, Any]) -> None:
        count = buying.find_out_all(now=timezone.now())
        still = NumberOrder.objects.filter(state__in=NumberOrder.OPEN).count()
        self.stdout.write(f"{count} orders were open, {still} still are.")


def _who() -> str:
    return f"terminal:{getpass.getuser()}"
