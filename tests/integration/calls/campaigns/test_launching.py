"""Two people stand for a campaign; what is changed after that is looked at again."""

from typing import Any

import pytest

from calls.campaigns import launching
from calls.campaigns.launching import UnableToLaunch
from calls.models import Campaign, CampaignEvent, Contact
from compliance.models import AuditEntry
from tests.on_campaign import APPROVER, AUTHOR, MORNING, a_campaign, launched, states

pytestmark = pytest.mark.django_db
CAROL = "+12125550101"


def refused(verb: Any, campaign: Campaign, *, by: str = APPROVER, **words: Any) -> str:
    with pytest.raises(UnableToLaunch) as problem:
        verb(campaign=campaign, by=by, now=MORNING, **words)
    assert str(problem.value).endswith(".")
    return str(problem.value)


def test_from_the_draft_to_its_end_everything_is_kept() -> None:
    campaign = launched(a_campaign([CAROL]))
    launching.pause(campaign=campaign, why="Lunch.", by=APPROVER, now=MORNING)
    assert campaign.state_why == "Lunch."
    launching.resume(campaign=campaign, by=APPROVER, now=MORNING)
    launching.stop(campaign=campaign, why="Done.", by=AUTHOR, now=MORNING)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.state_by_ref, campaign.approved_by_ref) == ("stopped", AUTHOR, APPROVER)
    assert states(campaign) == {"stopped": 1}
    kinds = ["drafted", "submitted", "approved", "started", "paused", "resumed", "stopped"]
    assert list(CampaignEvent.objects.order_by("pk").values_list("kind", flat=True)) == kinds
    acts = AuditEntry.objects.filter(subject_ref=f"campaign:{campaign.pk}").order_by("pk")
    assert [act.partition("_")[0] for act in acts.values_list("act", flat=True)] == [
        "draft", "submit", "approve", "start", "pause", "resume", "stop",
    ]  # fmt: skip


def test_whoever_submits_does_not_approve() -> None:
    campaign = a_campaign([CAROL])
    launching.submit(campaign=campaign, by=AUTHOR, now=MORNING)
    assert "Somebody else" in refused(launching.approve, campaign, by=AUTHOR)
    launching.approve(campaign=campaign, by=APPROVER, now=MORNING)


@pytest.mark.parametrize("is_approved", [False, True])
def test_what_is_changed_is_a_draft_again(is_approved: bool) -> None:
    campaign = a_campaign([CAROL])
    launching.submit(campaign=campaign, by=AUTHOR, now=MORNING)
    if is_approved:
        launching.approve(campaign=campaign, by=APPROVER, now=MORNING)
    launching.change(campaign=campaign, fields={"topic": "a sale"}, by=AUTHOR, now=MORNING)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.topic, campaign.approved_by_ref) == ("draft", "a sale", "")
    assert "draft" in refused(launching.start, campaign)


def test_contacts_added_after_the_approval_are_a_change_too() -> None:
    campaign = a_campaign([CAROL])
    launching.submit(campaign=campaign, by=AUTHOR, now=MORNING)
    launching.approve(campaign=campaign, by=APPROVER, now=MORNING)
    launching.contacts_changed(campaign=campaign, by=AUTHOR, now=MORNING)
    assert campaign.state == "draft"


def test_one_that_runs_is_not_changed() -> None:
    campaign = launched(a_campaign([CAROL]))
    assert "running" in refused(launching.change, campaign, fields={"topic": "x"})


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"seller": " "}, "on whose behalf"),
        ({"window_from": "20:00", "window_to": "09:00"}, "hours"),
        ({"retries": {"human": 5}}, "human"),
        ({"voicemail": "leave"}, "message"),
    ],
    ids=str,
)
def test_what_is_missing_is_said(fields: dict[str, Any], word: str) -> None:
    campaign = a_campaign([CAROL], **fields)
    assert word in refused(launching.submit, campaign)
    assert campaign.state == "draft"


def test_without_contacts_or_numbers_nothing_is_submitted() -> None:
    campaign = a_campaign()
    campaign.numbers.clear()
    said = refused(launching.submit, campaign)
    assert "no contacts" in said
    assert "at least one number" in said


def test_a_decision_that_somebody_else_was_faster_with_is_not_made_twice() -> None:
    campaign = launched(a_campaign([CAROL]))
    same = Campaign.objects.get(pk=campaign.pk)
    launching.pause(campaign=campaign, why="", by=APPROVER, now=MORNING)
    assert "meanwhile" in refused(launching.stop, same, why="")
    assert Contact.objects.get().state == "due"


def test_one_that_is_over_stays_over() -> None:
    campaign = launched(a_campaign([CAROL]))
    launching.stop(campaign=campaign, why="", by=APPROVER, now=MORNING)
    for verb, words in ((launching.resume, {}), (launching.start, {}), (launching.pause, {"why": ""})):
        assert "stopped" in refused(verb, campaign, **words)


def test_an_approved_campaign_begins_at_its_time() -> None:
    campaign = a_campaign([CAROL], starts_at=MORNING)
    launching.submit(campaign=campaign, by=AUTHOR, now=MORNING)
    assert launching.start_due(now=MORNING) == 0
    launching.approve(campaign=campaign, by=APPROVER, now=MORNING)
    assert launching.start_due(now=MORNING) == 1
    campaign.refresh_from_db()
    assert campaign.state == "running"
