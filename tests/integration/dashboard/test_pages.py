"""Each page for those who may see it and for nobody else; with and without JavaScript; hostile words stay words."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls.lifecycle import CopyState, RecordingStatus
from calls.models import Call, Recording, TranscriptTurn
from compliance.models import AuditEntry
from tests import calls_on_screen as screen
from tests import given
from tests.integration.dashboard.markup import inside

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
PAGES = ("floor", "calls", "call", "call-panel")


def signed_in(person: User) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(person)
    return client


def address(name: str, call: Call) -> str:
    return reverse(name, args=[call.pk] if name.startswith("call") and name != "calls" else [])


@pytest.fixture
def call() -> Call:
    return screen.a_past_call()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", ["supervisor", "agent", "admin", "auditor"])
def test_every_role_sees_the_pages_of_calls(name: str, role: str, call: Call) -> None:
    response = signed_in(given.a_person("dana", role)).get(address(name, call))
    assert response.status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_a_person_without_a_role_is_told_so(name: str, call: Call) -> None:
    response = signed_in(given.a_person("eve")).get(address(name, call))
    assert response.status_code == 403
    assert "Your role may not see this" in response.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_is_asked_to_sign_in_and_comes_back(name: str, call: Call) -> None:
    path = address(name, call)
    response = Client().get(path, follow=True)
    assert response.redirect_chain == [(f"{reverse('account_login')}?next={path}", 302)]
    assert "Sign in" in response.content.decode()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/accounts/login/", "Accounts are made by your administrator"),
        ("/accounts/signup/", "Accounts are made by administrators"),
        ("/accounts/password/reset/", "a link to a new password goes there"),
        ("/accounts/password/reset/done/", "Look into your e-mail"),
        ("/accounts/password/reset/key/1-wrong/", "This link no longer works"),
        ("/accounts/inactive/", "This account is switched off"),
    ],
)
def test_pages_before_signing_in_wear_our_dress(path: str, words: str) -> None:
    page = Client().get(path).content.decode()
    assert words in page
    assert 'href="/static/app.css"' in page


@pytest.mark.parametrize("path", ["/accounts/password/change/", "/accounts/logout/", "/accounts/email/"])
def test_pages_of_ones_own_account_wear_our_dress(path: str) -> None:
    page = signed_in(given.alice()).get(path, follow=True).content.decode()
    assert 'href="/static/app.css"' in page
    assert "<h1>" in page


def test_nothing_that_does_not_exist() -> None:
    response = signed_in(given.alice()).get("/calls/99999999/")
    assert response.status_code == 404
    assert "There is nothing at this address" in response.content.decode()


def test_the_floor_names_the_numbers_that_can_ring_when_it_is_quiet() -> None:
    given.a_number(label="Main number")
    page = signed_in(given.alice()).get("/").content.decode()
    assert "No calls at this moment" in page
    assert "+1 415-555-0100" in inside(page, "quiet")
    assert "Main number" in inside(page, "quiet")


def test_the_floor_shows_a_live_call_and_one_that_has_just_ended() -> None:
    live, over = screen.a_live_call(), screen.end(screen.a_live_call())
    page = signed_in(given.alice()).get("/").content.decode()
    assert f'id="call-{live.pk}"' in inside(page, "live")
    assert f'id="call-{over.pk}"' in inside(page, "ended")
    assert "+1 415 ••• 2671" in inside(page, "live")
    assert given.CAROL not in page


def test_an_ended_call_leaves_the_floor_after_half_a_minute() -> None:
    over = screen.end(screen.a_live_call(), now=timezone.now() - timedelta(seconds=31))
    assert f'id="call-{over.pk}"' not in signed_in(given.alice()).get("/").content.decode()


def test_a_call_opens_beside_the_floor_by_its_address() -> None:
    call = screen.a_live_call()
    screen.a_talk(call)
    client = signed_in(given.alice())
    beside = inside(client.get(f"/?call={call.pk}").content.decode(), "panel")
    assert "I was charged twice." in beside
    fetched = client.get(f"/calls/{call.pk}/panel/", headers=HTMX).content.decode()
    assert inside(fetched, f"panel-{call.pk}") == inside(beside, f"panel-{call.pk}")


@pytest.mark.parametrize("call_id", ["99999", "x", "1" * 30, "-1", ""])
def test_an_address_of_no_call_shows_the_floor_alone(call_id: str) -> None:
    page = signed_in(given.alice()).get(f"/?call={call_id}").content.decode()
    assert inside(page, "panel") == ""


def test_htmx_gets_the_region_alone(call: Call) -> None:
    client = signed_in(given.alice())
    for path, region in (("/", "floor"), (f"/calls/{call.pk}/", "call"), ("/calls/", "found")):
        whole = inside(client.get(path).content.decode(), region)
        part = client.get(path, headers=HTMX).content.decode()
        assert "<html" not in part
        assert re.sub("<hx-partial.*?</hx-partial>", "", part, flags=re.DOTALL).strip() != ""
        for line in ("+1 415 ••• 2671", "Assistant +14155550100") if region != "floor" else ("Live",):
            assert line in whole
            assert line in part


# --- a call's page ---


def test_a_call_tells_why_it_ended_and_what_was_said(call: Call) -> None:
    screen.an_event(call, "tool_called", 5000, name="find_order", call_id="t1")
    screen.an_event(call, "tool_finished", 5180, call_id="t1", is_error=False)
    for n, key in enumerate("741#"):
        screen.an_event(call, "key_pressed", 9000 + n, digit=key)
    TranscriptTurn.objects.filter(call=call, started_ms=7000).update(is_cut=True, unheard="and a third one.")
    page = signed_in(given.alice()).get(f"/calls/{call.pk}/").content.decode()
    turns = inside(page, f"turns-{call.pk}")
    assert "The caller hung up." in inside(page, f"head-{call.pk}")
    assert "<code>find_order</code>done in 180 ms" in turns
    assert "<kbd>741#</kbd>" in turns
    assert turns.index("find_order") < turns.index("I see both charges.") < turns.index("741#")
    assert "What the caller did not hear" in turns
    assert "and a third one." in turns
    assert "+640 ms" in turns


def test_turns_lead_to_their_place_in_the_recording(call: Call) -> None:
    client = signed_in(given.alice())
    path = f"/calls/{call.pk}/"
    assert "data-from" not in inside(client.get(path).content.decode(), f"turns-{call.pk}")
    screen.a_tape(call)
    turns = inside(client.get(path).content.decode(), f"turns-{call.pk}")
    assert 'data-from="3500" data-to="6000"' in turns
    assert f'href="{path}?t=4"' in turns


@pytest.mark.parametrize(
    ("fields", "words", "asks_again"),
    [
        ({"notice_started_ms": None}, "Kept back.", False),
        ({"copy_state": CopyState.DUE, "audio": ""}, "is being copied to our storage", True),
        ({"copy_state": CopyState.DUE, "audio": "", "copy_attempts": 9}, "is not here yet", False),
        ({"copy_state": CopyState.LOST, "audio": "", "copy_error": "HTTP 404"}, "HTTP 404", False),
        ({"copy_state": CopyState.REFUSED, "audio": ""}, "The caller refused to be recorded", False),
        ({"copy_state": CopyState.NONE, "status": RecordingStatus.ABSENT, "audio": ""}, "Nothing was recorded", False),
        ({"copy_state": CopyState.NONE, "audio": ""}, "is being copied to our storage", True),
    ],
)
def test_a_recording_that_cannot_be_played_says_why(
    fields: dict[str, object], words: str, asks_again: bool, call: Call
) -> None:
    tape = screen.a_tape(call)
    Recording.objects.filter(pk=tape.pk).update(**fields)
    box = inside(signed_in(given.alice()).get(f"/calls/{call.pk}/").content.decode(), f"recording-{call.pk}")
    assert words in box
    assert "<audio" not in box
    assert ('hx-trigger="every 3s"' in box) == asks_again


def test_a_recording_that_can_be_played_has_its_marks(call: Call) -> None:
    screen.an_event(call, "tool_called", 10_500, name="find_order", call_id="t1")
    tape = screen.a_tape(call, paused_spans=[[5500, 7500], [None, None]])
    box = inside(signed_in(given.alice()).get(f"/calls/{call.pk}/").content.decode(), f"recording-{call.pk}")
    assert f'src="/recordings/{tape.pk}/audio/"' in box
    assert 'data-mark="notice" x="0.5%" width="12.5%"' in box
    assert 'data-mark="paused" x="25.0%" width="10.0%"' in box
    assert 'data-mark="tool" x1="50.0%"' in box
    assert "every 3s" not in box


@pytest.mark.parametrize("what", ["audio", "peaks"])
def test_a_file_that_is_gone_from_the_storage_is_no_fault_page(what: str, call: Call) -> None:
    tape = screen.a_tape(call)
    tape.audio.delete(save=False)
    tape.peaks.delete(save=False)
    assert signed_in(given.alice()).get(f"/recordings/{tape.pk}/{what}/").status_code == 404


def test_a_call_that_was_not_recorded_says_so(call: Call) -> None:
    call.recordings.all().delete()
    assert "This call was not recorded." in signed_in(given.alice()).get(f"/calls/{call.pk}/").content.decode()


# --- what a role may do ---


def test_the_page_tells_the_browser_what_this_role_may_do(call: Call) -> None:
    def may(person: User) -> set[str]:
        page = signed_in(person).get("/").content.decode()
        return set(re.search(r'data-may="([^"]*)"', page).group(1).split())

    assert may(given.alice()) == {"end", "tape", "hear", "message", "numbers", "transfer"} | {
        *("listen", "coach", "approve", "send")
    }
    assert may(given.bob()) == {"message"}
    assert may(given.a_person("olga", "auditor")) == {"hear", "message"}


@pytest.mark.parametrize("path", ["end/", "recording/stop/", "numbers/"])
def test_a_role_that_may_not_is_refused_whatever_the_page_shows(path: str, call: Call) -> None:
    assert signed_in(given.bob()).post(f"/calls/{call.pk}/{path}").status_code == 403


def test_whole_numbers_are_shown_to_those_who_may_and_it_is_kept_who_looked(call: Call) -> None:
    client = signed_in(given.alice())
    plain = client.post(f"/calls/{call.pk}/numbers/").content.decode()
    assert "<html" in plain
    assert "+1 415-555-2671" in plain
    part = client.post(f"/calls/{call.pk}/numbers/", headers=HTMX).content.decode()
    assert "<html" not in part
    assert "+1 415-555-2671" in part
    assert AuditEntry.objects.filter(act="reveal_numbers", subject_ref=f"call:{call.pk}").count() == 2


def test_a_button_that_cannot_do_its_work_says_why(call: Call) -> None:
    client = signed_in(given.alice())
    answer = client.post(f"/calls/{call.pk}/end/", headers=HTMX)
    assert answer.headers["HX-Trigger"] == '{"problem": {"text": "This call is over already."}}'
    page = client.post(f"/calls/{call.pk}/end/", follow=True).content.decode()
    assert "This call is over already." in inside(page, "notices")


def test_every_button_works_without_scripts() -> None:
    call = screen.a_live_call()
    page = signed_in(given.alice()).get(f"/calls/{call.pk}/").content.decode()
    buttons = re.findall(r"<button[^>]*hx-post=[^>]*>", page)
    assert buttons
    for button in buttons:
        posts_to = re.search(r'hx-post="([^"]+)"', button).group(1)
        assert f'formaction="{posts_to}"' in button
        assert 'form="act"' in button
    assert "csrfmiddlewaretoken" in inside(page, "act")


# --- the call log ---


def test_the_log_is_searched_by_a_plain_form(call: Call) -> None:
    other = screen.a_past_call(from_="+12125550199")
    TranscriptTurn.objects.filter(call=other).update(text="Something else.")
    client = signed_in(given.alice())
    found = inside(client.get("/calls/", {"q": "charged twice"}).content.decode(), "found")
    assert f'href="/calls/{call.pk}/"' in found
    assert f'href="/calls/{other.pk}/"' not in found


def test_a_search_that_finds_nothing_says_what_to_loosen(call: Call) -> None:
    query = {"q": "nobody says this", "failed": "on"}
    found = inside(signed_in(given.alice()).get("/calls/", query).content.decode(), "found")
    assert "No call fits all of this" in found
    assert 'href="/calls/?failed=on"' in found
    assert 'href="/calls/?q=nobody+says+this"' in found


def test_pages_of_the_log_keep_the_query(monkeypatch: pytest.MonkeyPatch, call: Call) -> None:
    monkeypatch.setattr("contactcenter.dashboard.views.PAGE_SIZE", 1)
    screen.a_past_call()
    found = inside(signed_in(given.alice()).get("/calls/", {"q": "charged"}).content.decode(), "found")
    assert 'rel="next" href="/calls/?q=charged&amp;page=2"' in found
    assert "<b>1–1</b>of 2" in found


def test_the_export_asks_the_same_question(call: Call) -> None:
    client = signed_in(given.alice())
    assert 'href="/calls/export/?q=charged"' in client.get("/calls/", {"q": "charged", "page": "1"}).content.decode()
    part = client.get("/calls/", {"q": "charged"}, headers=HTMX).content.decode()
    assert '<hx-partial hx-target="#export" hx-swap="outerHTML">' in part
    assert 'href="/calls/export/?q=charged"' in part
