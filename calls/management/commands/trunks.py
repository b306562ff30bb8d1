"""Trunks from a terminal: read, list, make, give addresses, delete; and the document for disasters as a file."""

import getpass
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from calls.line_rules.trunk import RECORDINGS, TRANSFERS, Plan
from calls.models import Number, Trunk
from calls.provisioning import disaster, mirroring, trunks
from calls.provisioning.problems import UnableTo


class Command(BaseCommand):
    """`manage.py trunks`."""

    help = (
        "Elastic SIP trunks. Examples: trunks read; trunks list; trunks make Berlin --secure; "
        "trunks address Berlin 'sip:pbx.example.com;transport=tls' --priority 10; trunks number Berlin +14155550100; "
        "trunks export disaster.xml"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One word for what to do, and what it needs."""
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("read", help="Read everything at the carrier.")
        acts.add_parser("list", help="What is known here.")
        make = acts.add_parser("make", help="Make a trunk.")
        make.add_argument("name")
        make.add_argument("--domain", default="")
        make.add_argument("--secure", action="store_true")
        make.add_argument("--transfer", choices=[*map(str, TRANSFERS)], default="disable-all")
        make.add_argument("--recording", choices=[*map(str, RECORDINGS)], default="do-not-record")
        make.add_argument("--disaster-url", default=None, help="Default: ours.")
        address = acts.add_parser("address", help="Give a trunk an address.")
        address.add_argument("trunk")
        address.add_argument("uri")
        address.add_argument("--priority", type=int, default=10)
        address.add_argument("--weight", type=int, default=10)
        number = acts.add_parser("number", help="Let a trunk have a number's calls.")
        number.add_argument("trunk")
        number.add_argument("number")
        delete = acts.add_parser("delete", help="Delete a trunk, for good.")
        delete.add_argument("trunk")
        delete.add_argument("--really", default="", metavar="NAME", help="Its name once more: do not ask.")
        export = acts.add_parser("export", help="Write the document for disasters into a file, for another host.")
        export.add_argument("file", type=Path)
        export.add_argument("--words", default=disaster.WORDS)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, or say why not."""
        try:
            getattr(self, f"_{options['act']}")(options)
        except UnableTo as problem:
            raise CommandError(str(problem)) from problem

    def _read(self, _: dict[str, Any]) -> None:
        found = mirroring.read_everything(now=timezone.now())
        self.stdout.write(f"{found.trunks} trunks, {found.lists} lists, {found.domains} SIP domains were read.")

    def _list(self, _: dict[str, Any]) -> None:
        for trunk in Trunk.objects.order_by("name"):
            self.stdout.write(f"{trunk}  {trunk.domain or '-'}  {trunk.numbers.count()} numbers")
            for target in trunk.in_order():
                share = "off" if target.share is None else f"{target.share} %"
                self.stdout.write(f"  {target.priority:>5}  {share:>5}  {target.uri}")
            for sentence in trunks.advice(trunk):
                self.stdout.write(f"  ! {sentence}")

    def _make(self, given: dict[str, Any]) -> None:
        url = disaster.our_url() if given["disaster_url"] is None else given["disaster_url"]
        plan = Plan(
            name=given["name"],
            domain=given["domain"],
            is_secure=given["secure"],
            transfer=given["transfer"],
            recording=given["recording"],
            disaster_url=url,
        )
        made = trunks.create(plan=plan, by=_who(), now=timezone.now())
        self.stdout.write(f"{made} is made.")
        for sentence in trunks.advice(made):
            self.stdout.write(f"  ! {sentence}")

    def _address(self, given: dict[str, Any]) -> None:
        trunk = _named(given["trunk"])
        wanted = {name: given[name] for name in ("uri", "priority", "weight")}
        trunks.set_target(trunk=trunk, **wanted, by=_who(), now=timezone.now())
        self.stdout.write(f"{given['uri']} is on {trunk}.")

    def _number(self, given: dict[str, Any]) -> None:
        trunk, number = _named(given["trunk"]), Number.objects.filter(e164=given["number"], released_at=None).first()
        if number is None:
            raise CommandError("This number is not ours.")
        trunks.take_number(trunk=trunk, number=number, by=_who(), now=timezone.now())
        self.stdout.write(f"The calls of {number.e164} go to {trunk}, and not to us.")

    def _delete(self, given: dict[str, Any]) -> None:
        trunk = _named(given["trunk"])
        self.stdout.write(trunks.what_stays_of(trunk.numbers.count()))
        typed = given["really"] or input("Write its name once more: ")
        trunks.delete(trunk=trunk, typed=typed, by=_who(), now=timezone.now())
        self.stdout.write("The trunk is deleted.")

    def _export(self, given: dict[str, Any]) -> None:
        given["file"].write_text(disaster.document(given["words"]), encoding="utf-8")
        self.stdout.write(f"{given['file']} is written. Put it on a host that is not {disaster.our_host()}.")
        for sentence in disaster.warnings():
            self.stdout.write(f"  ! {sentence}")


def _named(name: str) -> Trunk:
    found = Trunk.objects.filter(name=name).first()
    if found is None:
        raise CommandError("There is no trunk of this name here. Read them first: trunks read")
    return found


def _who() -> str:
    return f"terminal:{getpass.getuser()}"
