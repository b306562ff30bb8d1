"""What a person asks of a list: in its address, in its form, and in words with the way to ask less."""

from dataclasses import dataclass
from typing import Any

import django_filters
from django.core.paginator import Paginator


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that is asked of a list, and the query that asks everything else."""

    label: str
    value: str
    without: str


class Question(django_filters.FilterSet):
    """The filters of a list."""

    def asked(self) -> list[Asked]:
        """What is asked for now, in words, each with the way to ask less."""
        found = []
        for name, field in self.form.fields.items():
            value = self.form.cleaned_data.get(name) if self.form.is_valid() else self.data.get(name)
            if value in (None, "", False):
                continue
            query = self.data.copy()
            query.pop(name, None)
            query.pop("page", None)
            shown = dict(getattr(field, "choices", ())).get(value) or ("" if value is True else str(value))
            found.append(Asked(str(field.label), shown, query.urlencode()))
        return found

    def page(self, number: str | None, *, size: int) -> dict[str, Any]:
        """A page of what is found, as the templates of lists want it."""
        query = self.data.copy()
        query.pop("page", None)
        page = Paginator(self.qs, size).get_page(number)
        return {"filter": self, "asked": self.asked(), "page": page, "query": query.urlencode()}
