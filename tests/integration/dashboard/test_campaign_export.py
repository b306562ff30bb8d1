"""Campaigns and contacts as CSV: the question of the page, numbers hidden from who may not see them, no formulas."""

import csv
import io

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import AsyncClient

from calls.models import Campaign
from compliance.verdict import SENTENCES, Code
from tests import campaigns_on_screen as screen
from tests import given

pytestmark = pytest.mark.django_db(transaction=True)


async def exported(person: User, path: str) -> list[list[str]]:
    client = AsyncClient()
    await client.aforce_login(person)
    response = await client.get(path)
    text = b"".join([piece async for piece in response.streaming_content]).decode()
    return list(csv.reader(io.StringIO(text)))


def two_campaigns() -> tuple[Campaign, User, User]:
    first = screen.a_campaign()
    screen.a_campaign(name="Spring sale", state="paused")
    screen.a_contact(first, name="=cmd()")
    screen.a_contact(first, "+12125550199", name="Somebody else", code="KILL_SWITCH")
    return first, given.alice(), given.a_person("olga", "auditor")


async def test_exports_ask_the_question_of_the_page_and_hide_what_is_not_for_everybody() -> None:
    campaign, alice, olga = await sync_to_async(two_campaigns)()
    rows = await exported(alice, "/campaigns/export/?state=paused")
    assert [row[1:3] for row in rows] == [["name", "state"], ["Spring sale", "Paused"]]
    path = f"/campaigns/{campaign.pk}/contacts/export/"
    rows = await exported(alice, path)
    assert rows[1][1:3] == ["'" + given.CAROL, "'=cmd()"]
    hidden = await exported(olga, path + "?code=KILL_SWITCH")
    assert [row[1] for row in hidden[1:]] == ["'+1 212 ••• 0199"]
    assert hidden[1][7] == SENTENCES[Code.KILL_SWITCH]
