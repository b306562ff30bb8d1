"""Choices look as Django's own, which asks two templates for each of them."""

from typing import Any

import pytest
from django.forms import Select, SelectMultiple
from django.forms.renderers import DjangoTemplates, get_default_renderer
from django.test.html import parse_html

GROUPED = [("", "nobody"), ("Kinds", [(1, "one & <two>"), ('"2"', "quoted")]), (None, "none")]


class SomeShut(Select):
    """One choice is shown and cannot be made; another has an attribute without a value."""

    def create_option(self, name: Any, value: Any, *args: Any, **more: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **more)
        option["attrs"] |= {"disabled": value == 1, "data-note": f"<{value}>"}
        return option


@pytest.mark.parametrize("kind", [Select, SelectMultiple, SomeShut])
@pytest.mark.parametrize("value", [None, "", 1, ["1", '"2"'], "absent"])
def test_they_are_what_django_makes_of_them(kind: type[Select], value: Any) -> None:
    widget = kind(attrs={"class": "wide", "required": True, "hidden": False}, choices=GROUPED)
    ours, theirs = (widget.render("whom", value, renderer=one) for one in (get_default_renderer(), DjangoTemplates()))
    assert parse_html(ours) == parse_html(theirs)
    assert "<two>" not in ours
