"""The pages of campaigns: the list, the steps, the live page and its buttons, the contacts."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from calls.campaigns import launching
from calls.lifecycle.campaign import CampaignState
from calls.models import Campaign, Leg, LegCharge
from tests import campaigns_on_screen as screen
from tests import given
from tests.integration.calls import placing
from tests.integration.dashboard.markup import inside

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def signed_in(person: User) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(person)
    return client


@pytest.fixture
def alice() -> Client:
    return signed_in(given.alice())


# --- the list ---


def test_without_campaigns_the_page_tells_how_to_begin(alice: Client) -> None:
    found = inside(alice.get("/campaigns/").content.decode(), "found")
    assert "No campaign yet" in found
    assert 'href="/campaigns/new/"' in found


def test_the_list_tells_how_far_each_campaign_is(alice: Client) -> None:
    campaign = screen.a_campaign(state=CampaignState.RUNNING)
    screen.some_contacts(campaign)
    screen.a_day(campaign, rung=10, answered=4, abandoned=1)
    found = inside(alice.get("/campaigns/").content.decode(), "found")
    assert "Winter reminders" in found
    assert "Running" in found
    assert "6 people" in found
    assert ">40 %<" in found
    assert ">25 %<" in found


def test_the_list_is_searched_and_exported_by_the_same_question(alice: Client) -> None:
    screen.a_campaign(name="Winter reminders")
    screen.a_campaign(name="Spring sale", state=CampaignState.PAUSED)
    found = inside(alice.get("/campaigns/", {"q": "winter"}).content.decode(), "found")
    assert "Winter reminders" in found
    assert "Spring sale" not in found
    assert 'href="/campaigns/export/?q=winter"' in alice.get("/campaigns/", {"q": "winter"}).content.decode()
    assert "No campaign fits all of this" in alice.get("/campaigns/", {"q": "autumn"}).content.decode()


# --- the steps ---

WHAT = {"name": "Winter reminders", "purpose": "informational", "topic": "bike service", "seller": "Marlow Outdoor",
        "voice": "ai"}  # fmt: skip
PACING = {"pacing": "progressive", "calls_per_second": "1", "max_concurrent": "5", "ring_s": "25", "max_attempts": "3",
          "abandoned_goal_pct": "1", "voicemail": "hang_up", "voicemail_words": "", "retry_busy": "15"}  # fmt: skip


def test_a_campaign_is_written_step_by_step(alice: Client) -> None:
    number = given.a_number(label="Main number")
    answer = alice.post("/campaigns/new/", WHAT | {"assistant": number.assistant_id})
    campaign = Campaign.objects.get()
    steps = f"/campaigns/{campaign.pk}/write/"
    assert campaign.retries["no-answer"] == 240
    assert answer.url == steps + "numbers/"
    assert alice.post(answer.url, {"numbers": [number.pk]}).url == steps + "when/"
    when = {"starts_at": "2027-01-04T09:00", "ends_at": "", "zone": "America/New_York", "window_from": "10:00",
            "window_to": "18:00", "weekdays": ["0", "1"]}  # fmt: skip
    assert alice.post(steps + "when/", when).url == steps + "pacing/"
    assert alice.post(steps + "pacing/", PACING).url == steps + "people/"
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.DRAFT
    assert campaign.pool() == (number.e164,)
    assert f"{campaign.starts_at:%H:%M}" == "14:00"
    assert campaign.weekdays == [0, 1]
    assert campaign.retries == {"busy": 15}
    page = alice.get(steps + "check/").content.decode()
    assert "It has no contacts to call." in page


@pytest.mark.parametrize(
    ("step", "sent", "said"),
    [
        ("what", {"name": ""}, "This field is required."),
        ("numbers", {"numbers": []}, "Choose at least one number to show."),
        ("when", {"zone": "UTC", "window_from": "18:00", "window_to": "10:00"}, "Calls end before they begin."),
        ("when", {"zone": "UTC", "window_from": "05:00", "window_to": "10:00"}, "Nobody is rung before 8"),
        ("when", {"zone": "Nowhere/At_All", "window_from": "nine", "window_to": "10:00"}, "Select a valid choice"),
        ("pacing", PACING | {"ring_s": "5"}, "greater than or equal to 15"),
        ("pacing", PACING | {"voicemail": "leave"}, "Write the message, or hang up instead."),
        ("pacing", PACING | {"abandoned_goal_pct": "7"}, "between 0 and 3"),
        ("pacing", PACING | {"calls_per_second": "NaN"}, "Enter a number."),
    ],
)
def test_a_step_says_what_is_wrong_with_it(step: str, sent: dict[str, object], said: str, alice: Client) -> None:
    campaign = screen.a_campaign()
    answer = alice.post(f"/campaigns/{campaign.pk}/write/{step}/", sent)
    assert answer.status_code == 200
    assert said in answer.content.decode()


def test_what_is_changed_after_it_was_submitted_is_a_draft_again(alice: Client) -> None:
    campaign = screen.a_campaign(state=CampaignState.WAITING)
    path = f"/campaigns/{campaign.pk}/write/pacing/"
    assert "a draft again" in alice.get(path).content.decode()
    alice.post(path, PACING | {"ring_s": "30"})
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.DRAFT


def test_a_step_that_is_looked_at_and_sent_unchanged_changes_nothing(alice: Client) -> None:
    campaign = screen.a_campaign(state=CampaignState.APPROVED, retries={"busy": 15}, max_concurrent=5)
    alice.post(f"/campaigns/{campaign.pk}/write/pacing/", PACING)
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.APPROVED


def test_a_campaign_that_has_begun_is_not_written_any_more(alice: Client) -> None:
    campaign = screen.a_campaign(state=CampaignState.RUNNING)
    answer = alice.post(f"/campaigns/{campaign.pk}/write/what/", WHAT, follow=True)
    assert "is not changed any more" in answer.content.decode()


# --- the live page ---


def test_the_overview_tells_how_it_goes_and_why_people_are_not_called(alice: Client) -> None:
    campaign = screen.a_campaign(state=CampaignState.RUNNING)
    people = screen.some_contacts(campaign)
    screen.an_attempt(people["tried"])
    page = inside(alice.get(f"/campaigns/{campaign.pk}/").content.decode(), "campaign")
    assert "Why 2 are not called" in page
    assert "Numbers of this kind" in page
    assert f'href="/campaigns/{campaign.pk}/contacts/?code=KILL_SWITCH"' in page
    assert "Person tried" in page
    assert "busy" in page
    assert given.CAROL not in page


def test_the_overview_tells_what_the_carrier_has_charged_and_what_it_has_not_priced(alice: Client) -> None:
    campaign = screen.a_campaign(state=CampaignState.RUNNING)
    number = campaign.numbers.get()
    for place, (amount, currency) in enumerate((("12.5", "USD"), ("0.028", "EUR"), (None, ""))):
        to = f"+1212555017{place}"
        call = placing.placed(to=to, number=number)
        leg = Leg.objects.get(leg_sid=placing.leg_of(call))
        Leg.objects.filter(pk=leg.pk).update(duration_s=60, ended_at=timezone.now())
        LegCharge.keep(leg, amount=amount and Decimal(amount), currency=currency, now=timezone.now())
        screen.an_attempt(screen.a_contact(campaign, to), call=call)
    page = alice.get(f"/campaigns/{campaign.pk}/").content.decode()
    spend = page.partition("<dt>Spend</dt>")[2].partition("</dd>")[0]
    assert spend.endswith(">0.028 EUR + $12.50 <small>1 not priced</small>")


def test_an_overview_that_has_not_changed_is_not_sent_again(alice: Client) -> None:
    campaign = screen.a_campaign(state=CampaignState.RUNNING)
    people = screen.some_contacts(campaign)
    path = f"/campaigns/{campaign.pk}/"
    first = alice.get(path, headers=HTMX)
    tag = first.headers["HX-PTag"]
    assert alice.get(path, headers=HTMX | {"HX-PTag": tag}).status_code == 304
    people["waiting"].close("reached", outcome="human", now=people["waiting"].due_at)
    changed = alice.get(path, headers=HTMX | {"HX-PTag": tag})
    assert changed.status_code == 200
    assert changed.headers["HX-PTag"] != tag


def test_updates_can_be_paused(alice: Client) -> None:
    campaign = screen.a_campaign(state=CampaignState.RUNNING)
    assert 'hx-trigger="every 2s"' in alice.get(f"/campaigns/{campaign.pk}/").content.decode()
    still = alice.get(f"/campaigns/{campaign.pk}/?still=1").content.decode()
    assert "hx-trigger" not in inside(still, "main")
    assert "Go on with updates" in still


def test_whoever_submitted_a_campaign_is_told_why_they_cannot_approve_it() -> None:
    sam, alice = given.a_person("sam", "supervisor"), given.alice()
    campaign = screen.a_campaign(state=CampaignState.WAITING)
    screen.a_contact(campaign)
    own = signed_in(sam)
    assert (
        "You submitted it. Somebody else has to approve it." in own.get(f"/campaigns/{campaign.pk}/").content.decode()
    )
    answer = own.post(f"/campaigns/{campaign.pk}/approval/approve/", headers=HTMX)
    assert "Somebody else must approve" in answer.headers["HX-Trigger"]
    signed_in(alice).post(f"/campaigns/{campaign.pk}/approval/approve/")
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.APPROVED


def test_whoever_approves_sees_what_was_changed_since_it_was_submitted_before(alice: Client) -> None:
    campaign = screen.a_campaign(retries={"busy": 15}, max_concurrent=5)
    screen.a_contact(campaign)
    launching.submit(campaign=campaign, by=screen.SAM, now=timezone.now())
    launching.send_back(campaign=campaign, why="It rings too long.", by="alice@example.com", now=timezone.now())
    alice.post(f"/campaigns/{campaign.pk}/write/pacing/", PACING | {"ring_s": "18"})
    campaign.refresh_from_db()
    launching.submit(campaign=campaign, by=screen.SAM, now=timezone.now())
    page = inside(alice.get(f"/campaigns/{campaign.pk}/").content.decode(), "campaign")
    assert '<th scope="row">Ring for, in seconds</th><td>25</td><td>18</td>' in page


def test_sending_back_asks_why(alice: Client) -> None:
    campaign = screen.a_campaign(state=CampaignState.WAITING)
    path = f"/campaigns/{campaign.pk}/approval/send-back/"
    assert "Say what is to be changed." in alice.post(path, follow=True).content.decode()
    page = alice.post(path, {"why": "The message is too long."}, follow=True).content.decode()
    assert "The message is too long." in page
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.DRAFT


def test_the_buttons_move_a_campaign_and_say_what_cannot_be_done(alice: Client) -> None:
    campaign = screen.a_campaign(state=CampaignState.APPROVED)
    path = f"/campaigns/{campaign.pk}/run/"
    for verb, state in (("start", "running"), ("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
        assert alice.post(f"{path}{verb}/", headers=HTMX).status_code == 200
        campaign.refresh_from_db()
        assert campaign.state == state
    assert "stopped for good" in alice.post(f"{path}resume/", headers=HTMX).headers["HX-Trigger"]
    events = alice.get(f"/campaigns/{campaign.pk}/events/").content.decode()
    assert "Paused" in events
    assert "alice@example.com" in events


# --- contacts ---


def test_contacts_are_filtered_by_the_reason_why_they_are_not_called(alice: Client) -> None:
    campaign = screen.a_campaign()
    screen.some_contacts(campaign)
    path = f"/campaigns/{campaign.pk}/contacts/"
    found = inside(alice.get(path, {"code": "NUMBER_TYPE_BLOCKED"}).content.decode(), "found")
    assert "Person never" in found
    assert "Person waiting" not in found
    assert "<b>1–1</b>of 1" in found


def test_an_agent_sees_no_campaigns() -> None:
    campaign = screen.a_campaign()
    bob = signed_in(given.bob())
    for path in ("/campaigns/", f"/campaigns/{campaign.pk}/", f"/campaigns/{campaign.pk}/contacts/"):
        assert bob.get(path).status_code == 403
