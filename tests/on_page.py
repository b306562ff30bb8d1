"""Test calls as tests begin them: a draft to talk to, and a page that holds the line."""

from datetime import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from agents import prompts
from agents.models import PromptVersion
from calls import intake
from calls.models import Call
from tests import given


def a_draft(*, name: str = "Reception", **fields: object) -> PromptVersion:
    """A draft of an assistant that has a published version too."""
    live = given.an_assistant(name=name).published_version()
    assert live is not None
    draft = prompts.copy_to_draft(version=live)
    PromptVersion.objects.filter(pk=draft.pk).update(**{"greeting": "You have reached the draft."} | fields)
    draft.refresh_from_db()
    return draft


def begun(person: User, *, version: PromptVersion | None = None, now: datetime | None = None) -> intake.PageLine:
    """A test call that this person has just begun, and whose page has not spoken yet."""
    version = version or a_draft(name=f"Of {person.pk} and {Call.objects.count()}")
    return intake.begin_test_call(version=version, person=person.pk, by=person.email, now=now or timezone.now())
