"""Prompts: variables, starters, tools."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import prompt_text, prompts
from agents.tool_specs import TOOLS

STARTERS = sorted(path.stem for path in (Path(prompts.__file__).parent / "library").glob("*.md"))


def test_variables_are_filled_in() -> None:
    text = prompt_text.render(
        "You work for {{business}}, {{ department }}.", {"business": "Marlow", "department": "Repairs"}
    )
    assert text == "You work for Marlow, Repairs."


def test_a_value_is_never_read_as_a_template() -> None:
    assert prompt_text.render("{{business}}", {"business": "{{department}}", "department": "x"}) == "{{department}}"


@given(st.text(alphabet="{}ab_ .x", max_size=80))
def test_any_text_renders(text: str) -> None:
    assert isinstance(prompt_text.render(text, {"ab": "!"}), str)


@pytest.mark.parametrize("text", ["{{caller.password}}", "{% load x %}", "{{ business|safe }}", "{{BUSINESS}}"])
def test_nothing_but_plain_variables_is_touched(text: str) -> None:
    assert prompt_text.render(text, {"business": "x"}) == text


def test_unknown_variables_are_named_once_in_order() -> None:
    assert prompt_text.unknown_variables("{{zz}} {{business}} {{aa}} {{zz}}") == ["zz", "aa"]


@pytest.mark.parametrize("name", STARTERS)
def test_every_starter_prompt_can_be_published(name: str) -> None:
    starter = prompts.starter(name)
    assert starter.greeting.endswith("?")
    assert len(starter.instructions) > 400
    assert prompt_text.unknown_variables(starter.instructions + starter.greeting) == []


@pytest.mark.parametrize("name", STARTERS)
def test_every_starter_tells_the_assistant_when_to_use_its_tools(name: str) -> None:
    assert all(tool in prompts.starter(name).instructions for tool in TOOLS)


@pytest.mark.parametrize("spec", TOOLS.values(), ids=TOOLS)
def test_every_tool_is_declared_with_a_closed_schema(spec) -> None:
    declared = spec.declaration()
    assert declared["name"] == spec.name
    assert declared["parameters"]["additionalProperties"] is False
    assert set(declared["parameters"].get("required", ())) <= set(declared["parameters"]["properties"])


def test_own_variables_hold_others_to_the_bottom() -> None:
    own = {"hours": "{{days}}, nine to six", "days": "Monday to {{last}}", "last": "Friday"}
    assert prompt_text.expanded(own)["hours"] == "Monday to Friday, nine to six"


def test_variables_in_a_circle_are_named_and_left_empty() -> None:
    own = {"a": "x{{b}}", "b": "{{c}}", "c": "{{a}}", "d": "{{a}}!", "e": "{{e}}"}
    assert prompt_text.circles(own) == ["a", "b", "c", "e"]
    assert prompt_text.expanded(own) == {"a": "", "b": "", "c": "", "d": "!", "e": ""}


def test_a_caller_hears_no_braces() -> None:
    assert prompt_text.as_spoken("Hello {{contact}}{{nobody}}!", {"contact": "Ana"}) == "Hello Ana!"


@pytest.mark.parametrize(
    ("text", "least", "most"), [("", 0, 0), ("How can I help you today?", 6, 8), ("word " * 400, 380, 440)]
)
def test_tokens_are_estimated_about_right(text: str, least: int, most: int) -> None:
    assert least <= prompt_text.estimated_tokens(text) <= most
