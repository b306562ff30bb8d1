"""What is generated from the code is what the code would generate now; what is listed is all there is."""

import re
from pathlib import Path

import pytest

from agents.tool_specs import TOOLS
from calls import tools
from calls.metrics import CALLS_ENDED
from compliance.verdict import Code, PermitState
from docs import generate
from tests.house import tree


@pytest.mark.parametrize("page", generate.pages(), ids=lambda page: page.name)
def test_generated_pages_are_fresh(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == generate.pages()[page], "run `make docs`"


def test_every_tool_is_declared_done_and_described() -> None:
    described = re.findall(r"^\| `(\w+)` \|", (tree.ROOT / "docs/tools.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(described) == set(TOOLS) == set(tools._TOOLS)


def test_the_reasons_of_the_gate_are_described_in_their_order() -> None:
    described = re.findall(
        r"^\| \d+ \| `(\w+)` \|", (tree.ROOT / "docs/door.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert described == list(Code)


def test_the_states_of_a_permit_are_described() -> None:
    page = (tree.ROOT / "docs/door.md").read_text(encoding="utf-8")
    table = page.partition("| state of a permit |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| (\w+) \|", table, re.MULTILINE)) == set(PermitState)


def test_metrics_have_the_prefix_of_their_application() -> None:
    assert CALLS_ENDED._name.startswith("calls_")
