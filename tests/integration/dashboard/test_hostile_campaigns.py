"""Hostile words in campaigns, files and people stay words: no element and no attribute more than with harmless ones."""

import pytest
from django.test import Client
from django.utils import timezone

from calls.models import Campaign, ImportProblem
from compliance import opt_out
from compliance.models import ConsentRecord, Person, Revocation, SuppressionEntry
from tests import campaigns_on_screen as screen
from tests import given
from tests.integration.dashboard.markup import skeleton
from tests.integration.dashboard.test_hostile_words import HOSTILE

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_change_no_element_and_no_attribute(words: str) -> None:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(given.alice())

    def pages(text: str) -> list[str]:
        Campaign.objects.all().delete()
        for model in (ConsentRecord, Revocation, SuppressionEntry):
            model.objects.all().delete()
        campaign = screen.a_campaign(state="waiting", name=text, topic=text, seller=text, voicemail_words=text)
        Campaign.objects.update(state_why=text, submitted_by_ref=text)
        campaign.note(text[:40], at=timezone.now(), by=text, why=text, **{text: text})
        contact = screen.a_contact(campaign, name=text, code=text[:40], fields={text: text})
        screen.an_attempt(contact, "refused", code=text[:40])
        file = screen.an_import(campaign, file_name=text, problem=text, columns=[text])
        ImportProblem.objects.update(sentence=text, column=text, values=[text])
        now = timezone.now()
        Person.know(number=given.CAROL, now=now, name=text, address=text, address_source=text)
        ConsentRecord.record(number=given.CAROL, kind="oral", topic=text, sellers=[text], purposes=[text], text=text,
                             text_version=text[:40], method=text, source=text, by=text, now=now)  # fmt: skip
        opt_out.revoke(number=given.CAROL, route="agent", said=text, by=text, subject_ref="call:1", now=now)
        paths = ("", "contacts/", "settings/", "events/", "write/what/", "write/people/", f"imports/{file.pk}/")
        addresses = ["/campaigns/", f"/people/c{contact.pk}/", "/people/?q=0123", f"/people/?q={given.CAROL[-7:]}"]
        addresses += [f"/campaigns/{campaign.pk}/{path}" for path in paths]
        return [client.get(address).content.decode() for address in addresses]

    plain, hostile = pages("plain words"), pages(words)
    for before, after in zip(plain, hostile, strict=True):
        assert skeleton(after) == skeleton(before)
