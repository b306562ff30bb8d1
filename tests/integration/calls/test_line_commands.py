"""Numbers and trunks from a terminal."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from calls.models import Number, Trunk
from calls.provisioning import our_numbers
from tests import given
from tests.sandbox_carrier import Sandbox, a_sandbox

pytestmark = pytest.mark.django_db
NEW = "+14155550150"


@pytest.fixture
def carrier(settings: Any) -> Iterator[Sandbox]:
    with a_sandbox(settings, given.OURS) as sandbox:
        yield sandbox


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_a_number_is_found_bought_listed_and_given_back(carrier: Sandbox) -> None:
    assert f"{NEW}  mms, sms, voice  San Francisco, CA" in run("numbers", "search", "US", "--contains", "4155550150")
    assert "It is ours" in run("numbers", "buy", NEW, "--yes", "--label", "Sales")
    assert f"{NEW}  us  Sales" in run("numbers", "list")
    with pytest.raises(CommandError, match="write the whole number"):
        run("numbers", "release", NEW, "--really", "yes")
    assert "was given back" in run("numbers", "release", NEW, "--really", NEW)
    assert Number.objects.get(e164=NEW).released_at is not None
    assert "0 orders were open" in run("numbers", "settle")


def test_a_trunk_is_made_pointed_and_deleted(carrier: Sandbox) -> None:
    our_numbers.point_at_us(number=given.a_number(), by="ada", now=timezone.now())
    assert "! It has no address" in run("trunks", "make", "Berlin")
    run("trunks", "address", "Berlin", "sip:pbx.example.com;transport=tls", "--priority", "5")
    assert "and not to us" in run("trunks", "number", "Berlin", given.OURS)
    listed = run("trunks", "list")
    assert "    5  100 %  sip:pbx.example.com;transport=tls" in listed
    assert "1 trunks" in run("trunks", "read")
    with pytest.raises(CommandError, match="no trunk of this name"):
        run("trunks", "address", "Paris", "sip:pbx.example.com")
    assert "The trunk is deleted." in run("trunks", "delete", "Berlin", "--really", "Berlin")
    assert not Trunk.objects.exists()


def test_the_document_for_disasters_is_exported(tmp_path: Path, settings: Any) -> None:
    settings.FALLBACK_NUMBER = ""
    file = tmp_path / "disaster.xml"
    said = run("trunks", "export", str(file), "--words", "We are away.")
    assert "<Say>We are away.</Say>" in file.read_text()
    assert "a host that is not voice.example.com" in said
    assert "FALLBACK_NUMBER is not set" in said
