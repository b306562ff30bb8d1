"""A dry run: its counts are what then happens."""

from datetime import timedelta
from typing import Any

import pytest

from calls.campaigns import dry_run, runner
from calls.models import Campaign, Contact, DryRun
from compliance.models import DialDecision, DialPermit, Person
from tests import on_campaign
from tests.carrier_on_loopback import Carrier
from tests.on_campaign import AUTHOR, MORNING, a_number_of

pytestmark = pytest.mark.django_db


def a_mixed_campaign(**fields: Any) -> Campaign:
    """Some agreed, some did not, some cannot be rung at all, and for some it is too early."""
    willing = a_number_of(12)
    campaign = on_campaign.a_campaign(willing, **fields)
    on_campaign.add(campaign, [*a_number_of(5, area="646"), "+18005550101", "+442079460958"])
    westerners = a_number_of(4, area="310")
    on_campaign.add(campaign, westerners)
    on_campaign.agree(westerners)
    return campaign


def made(campaign: Campaign, **words: Any) -> DryRun:
    of = dry_run.begin(campaign=campaign, by=AUTHOR, now=MORNING, **words)
    assert not dry_run.ask(dry_run_id=of.pk)
    of.refresh_from_db()
    return of


def test_its_counts_are_what_then_happens(carrier: Carrier) -> None:
    early = MORNING - timedelta(hours=2)  # nine in New York, six in Los Angeles
    campaign = a_mixed_campaign()
    report = made(campaign, planned_at=early)
    assert not DialDecision.objects.exists()
    assert not DialPermit.objects.exists()
    on_campaign.launched(campaign, now=early)
    Contact.objects.update(due_at=early)
    while runner.tick(campaign_id=campaign.pk, now=early):
        early += timedelta(milliseconds=1)
        campaign.pace.refresh_from_db()
        type(campaign.pace).objects.update(paced_until=None)
    happened = on_campaign.states(campaign)
    assert report.contacts == report.asked == 23
    assert (report.will_call, report.will_call_later, report.will_not_call) == (
        happened["dialled"], happened["due"], happened["refused"],
    )  # fmt: skip
    assert (report.will_call, report.will_call_later, report.will_not_call) == (12, 4, 7)
    assert report.reasons == {
        "deny:CONSENT_EXPRESS_REQUIRED": 5, "deny:NUMBER_TYPE_BLOCKED": 1, "deny:COUNTRY_NOT_ALLOWED": 1,
        "defer:CAMPAIGN_HOURS": 4,
    }  # fmt: skip
    codes = {contact.code for contact in Contact.objects.exclude(code="")}
    assert codes == {key.partition(":")[2] for key in report.reasons}


def test_who_is_not_called_is_listed_with_the_reason() -> None:
    campaign = a_mixed_campaign()
    report = made(campaign)
    findings = report.findings.select_related("contact")
    assert {f.contact.number for f in findings.filter(code="NUMBER_TYPE_BLOCKED")} == {"+18005550101"}
    assert report.counted()[0] == {"outcome": "deny", "code": "CONSENT_EXPRESS_REQUIRED", "count": 5}
    assert report.percent == 100


def test_an_address_counts() -> None:
    campaign = on_campaign.a_campaign(a_number_of(1))
    Person.learn_addresses([(a_number_of(1)[0], "HI", "Pacific/Honolulu")], source="tests", now=MORNING)
    report = made(campaign)
    assert report.reasons == {"defer:QUIET_HOURS": 1}
    assert report.findings.get().until is not None


def test_it_is_made_in_pieces_and_goes_on_after_a_kill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dry_run, "PIECE", 5)
    campaign = a_mixed_campaign()
    of = dry_run.begin(campaign=campaign, by=AUTHOR, now=MORNING)
    assert dry_run.ask(dry_run_id=of.pk, longest_s=0)
    taken = DryRun.take(of.pk, by="a worker that dies")
    assert taken is not None
    assert not dry_run.ask(dry_run_id=of.pk), "somebody is at it"
    DryRun.objects.update(heard_of_at=MORNING.replace(year=2020))
    assert DryRun.left_lying() == [of.pk]
    assert not dry_run.ask(dry_run_id=of.pk)
    of.refresh_from_db()
    assert (of.state, of.asked) == ("done", 23)
    assert of.will_call + of.will_call_later + of.will_not_call == 23
    assert sum(of.reasons.values()) == of.findings.count()


def test_a_new_one_takes_the_place_of_the_old() -> None:
    campaign = a_mixed_campaign()
    old = dry_run.begin(campaign=campaign, by=AUTHOR, now=MORNING)
    new = dry_run.begin(campaign=campaign, by=AUTHOR, now=MORNING)
    assert not dry_run.ask(dry_run_id=old.pk)
    old.refresh_from_db()
    assert old.state == "cancelled"
    assert dry_run.cancel(of=new, now=MORNING)
    assert not dry_run.ask(dry_run_id=new.pk)
