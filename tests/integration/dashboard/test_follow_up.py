"""Messages and callbacks on the screen: found, heard, assigned, done; called back only through the door."""

import csv
import io
from datetime import datetime, timedelta

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import AsyncClient, Client
from django.utils import timezone

from calls.lifecycle.callback import CallbackState
from calls.models import Callback, Voicemail
from compliance.models import AuditEntry
from tests import calls_on_screen as screen
from tests import given
from tests.integration.dashboard.markup import inside

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}


def signed_in(person: User) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(person)
    return client


@pytest.fixture
def alice() -> User:
    return given.alice()


@pytest.fixture
def client(alice: User) -> Client:
    return signed_in(alice)


@pytest.fixture
def voicemail() -> Voicemail:
    return screen.a_message(screen.a_past_call())


@pytest.fixture
def callback() -> Callback:
    return screen.a_callback(screen.a_past_call())


def page(client: Client, path: str, **query: str) -> str:
    response = client.get(path, query)
    assert response.status_code == 200
    return response.content.decode()


# --- messages ---------------------------------------------------------------------------------------------------------


def test_an_empty_box_says_how_messages_come(client: Client) -> None:
    assert "No messages" in page(client, "/voicemail/")
    assert "No message fits all of this" in page(client, "/voicemail/", q="nobody")


def test_messages_are_found_by_words_number_box_and_state(client: Client, voicemail: Voicemail, alice: User) -> None:
    other = screen.a_message(screen.a_past_call(from_="+12125550199"), words="About an invoice.", box="Billing")
    other.assign(alice.pk)

    def found(**query: str) -> set[int]:
        text = page(client, "/voicemail/", **query)
        return {each.pk for each in (voicemail, other) if f'href="/voicemail/{each.pk}/"' in text}

    assert found() == {voicemail.pk, other.pk}
    assert found(q="tent") == {voicemail.pk}
    assert found(q="charged twice") == set()  # said to the assistant before, not in the message
    assert found(q="0199") == {other.pk}
    assert found(box="Billing") == {other.pk}
    assert found(state="new") == {voicemail.pk}
    assert found(state="taken") == {other.pk}
    assert found(state="done") == set()
    part = client.get("/voicemail/", {"box": "Billing"}, headers=HTMX).content.decode()
    assert "<html" not in part
    assert "About an invoice." in part


def test_numbers_are_masked_and_hostile_words_stay_words(client: Client) -> None:
    left = screen.a_message(screen.a_past_call(), words="<script>alert(1)</script>")
    for path in ("/voicemail/", f"/voicemail/{left.pk}/"):
        text = page(client, path)
        assert given.CAROL not in text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


def test_a_silent_message_is_marked(client: Client) -> None:
    screen.a_message(screen.a_past_call(), words="", is_silent=True)
    assert "Silent" in page(client, "/voicemail/")


def test_a_message_is_played_in_ranges_and_each_listening_is_kept(client: Client, voicemail: Voicemail) -> None:
    text = page(client, f"/voicemail/{voicemail.pk}/")
    assert f'src="/voicemail/{voicemail.pk}/audio/"' in text
    assert 'data-needs="message"' in text
    whole = client.get(f"/voicemail/{voicemail.pk}/audio/")
    assert (whole.status_code, whole["Content-Type"]) == (200, "audio/wav")
    part = client.get(f"/voicemail/{voicemail.pk}/audio/", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part["Content-Length"]) == (206, "100")
    assert client.get(f"/voicemail/{voicemail.pk}/peaks/").json()["peaks"]
    heard = AuditEntry.objects.filter(act="hear_voicemail", subject_ref=f"voicemail:{voicemail.pk}")
    assert heard.count() == 1


def test_agents_hear_messages_but_no_recordings_of_calls(voicemail: Voicemail) -> None:
    bob = signed_in(given.bob())
    assert bob.get(f"/voicemail/{voicemail.pk}/audio/").status_code == 200
    assert bob.get(f"/recordings/{voicemail.recording_id}/audio/").status_code == 403


def test_auditors_hear_and_change_nothing(voicemail: Voicemail) -> None:
    olga = signed_in(given.a_person("olga", "auditor"))
    text = page(olga, f"/voicemail/{voicemail.pk}/")
    assert "Assign" not in text
    assert "formaction" not in inside(text, "main")
    assert olga.post(f"/voicemail/{voicemail.pk}/done/").status_code == 403
    assert olga.post(f"/voicemail/{voicemail.pk}/assign/", {"person": ""}).status_code == 403


def test_a_message_is_assigned_finished_and_taken_up_again(client: Client, voicemail: Voicemail, alice: User) -> None:
    path = f"/voicemail/{voicemail.pk}/"
    client.post(f"{path}assign/", {"person": str(alice.pk)})
    voicemail.refresh_from_db()
    assert voicemail.assigned_to == alice
    for nonsense in ("x", "99999999", "-1", "1" * 40, str(given.a_person("eve").pk)):
        text = client.post(f"{path}assign/", {"person": nonsense}, follow=True).content.decode()
        assert "does not look after messages" in inside(text, "notices")
    client.post(f"{path}done/")
    client.post(f"{path}done/")
    voicemail.refresh_from_db()
    assert (voicemail.done_by_ref, voicemail.assigned_to) == (alice.email, alice)
    assert AuditEntry.objects.filter(act="voicemail_done").count() == 1
    client.post(f"{path}reopen/")
    voicemail.refresh_from_db()
    assert voicemail.done_at is None


def test_the_page_of_a_call_leads_to_its_message_and_callback(client: Client, voicemail: Voicemail) -> None:
    made = screen.a_callback(voicemail.call)
    facts = inside(page(client, f"/calls/{voicemail.call_id}/"), f"facts-{voicemail.call_id}")
    assert f'href="/voicemail/{voicemail.pk}/"' in facts
    assert f'href="/callbacks/{made.pk}/"' in facts
    assert "Always open. The assistant answers." in facts


# --- callbacks --------------------------------------------------------------------------------------------------------


def test_nobody_to_be_called_back_says_who_would_be(client: Client) -> None:
    assert "Nobody is to be called back" in page(client, "/callbacks/")


def test_what_is_due_comes_first_and_what_is_over_last(client: Client, alice: User) -> None:
    now = timezone.now()
    done = screen.a_callback(screen.a_past_call(), state="done", closed_at=now, due_at=now - timedelta(days=9))
    later = screen.a_callback(screen.a_past_call(), due_at=now + timedelta(days=2))
    due = screen.a_callback(screen.a_past_call(), due_at=now - timedelta(minutes=5))
    unsure = screen.a_callback(screen.a_past_call(), due_at=None, doubt="Nobody knows.", assigned_to=alice)
    text = page(client, "/callbacks/")
    places = [text.index(f'href="/callbacks/{each.pk}/"') for each in (unsure, due, later, done)]
    assert places == sorted(places)
    assert text.count(">due</span>") == 1

    def found(**query: str) -> set[int]:
        listed = page(client, "/callbacks/", **query)
        return {each.pk for each in (done, later, due, unsure) if f'href="/callbacks/{each.pk}/"' in listed}

    assert found(state="open") == {later.pk, due.pk, unsure.pk}
    assert found(state="done") == {done.pk}
    assert found(assigned=str(alice.pk)) == {unsure.pk}
    assert found(q="second charge") == {done.pk, later.pk, due.pk, unsure.pk}
    assert found(q="no such words") == set()
    assert found(origin="fault") == set()


def test_a_callback_shows_the_words_that_prove_it(client: Client, callback: Callback) -> None:
    text = page(client, f"/callbacks/{callback.pk}/")
    assert "Please call me back tomorrow at three." in text
    assert f'href="/calls/{callback.call_id}/?t=10"' in text
    assert "I was charged twice." in text
    assert given.CAROL not in text


def test_call_now_goes_through_the_door_which_says_why_not(client: Client, callback: Callback) -> None:
    text = client.post(f"/callbacks/{callback.pk}/call/", follow=True).content.decode()
    assert "Nobody was rung." in inside(text, "notices")
    assert "needs their consent, and there is none." in inside(text, "notices")
    event = callback.call.events.get(kind="callback_not_dialled")
    assert "CONSENT_EXPRESS_REQUIRED" in event.data["reasons"]
    callback.refresh_from_db()
    assert callback.is_open


def test_it_is_put_off_and_finished(client: Client, callback: Callback, alice: User) -> None:
    path = f"/callbacks/{callback.pk}/"
    form = {"when": "2099-03-15T09:30", "zone": "America/New_York"}
    client.post(f"{path}put-off/", form)
    callback.refresh_from_db()
    assert callback.due_at == datetime.fromisoformat("2099-03-15T09:30-04:00")
    for wrong, said in (
        ({"when": ""}, "on which day and at what time"),
        ({"when": "nonsense"}, "on which day and at what time"),
        ({"zone": "Mars/Base"}, "Choose the time zone"),
        ({"when": "2099-03-15T23:30"}, "between 08:00 and 21:00"),
        ({"when": "2001-03-15T09:30"}, "That time is past."),
    ):
        text = client.post(f"{path}put-off/", form | wrong, follow=True).content.decode()
        assert said in inside(text, "notices")
    client.post(f"{path}assign/", {"person": str(alice.pk)})
    client.post(f"{path}finish/", {"outcome": "reached", "note": "Refunded."})
    callback.refresh_from_db()
    assert (callback.state, callback.note, callback.assigned_to) == (CallbackState.DONE, "Refunded.", alice)
    text = client.post(f"{path}finish/", {"outcome": "declined"}, follow=True).content.decode()
    assert "over already" in inside(text, "notices")
    client.post(f"{path}finish/", {"outcome": "reopened"})
    callback.refresh_from_db()
    assert callback.state == CallbackState.ASKED
    text = client.post(f"{path}finish/", {"outcome": "pigeon"}, follow=True).content.decode()
    assert "Say what came of it." in inside(text, "notices")


@pytest.mark.parametrize("path", ["assign/", "put-off/", "finish/", "call/"])
def test_who_may_not_changes_nothing(path: str, callback: Callback) -> None:
    olga = signed_in(given.a_person("olga", "auditor"))
    assert olga.post(f"/callbacks/{callback.pk}/{path}").status_code == 403
    assert olga.get("/callbacks/").status_code == 200


async def exported(person: User, query: str = "") -> list[list[str]]:
    client = AsyncClient()
    await client.aforce_login(person)
    response = await client.get(f"/callbacks/export/{query}")
    text = b"".join([piece async for piece in response.streaming_content]).decode()
    return list(csv.reader(io.StringIO(text)))


async def test_the_export_holds_no_formula_and_no_number_for_those_who_may_not_see_it() -> None:
    made = await sync_to_async(lambda: screen.a_callback(screen.a_past_call(), reason="=HYPERLINK(1)", note="@SUM"))()
    alice, bob = await sync_to_async(lambda: (given.alice(), given.bob()))()
    heads, row = await exported(alice)
    assert row[heads.index("about")] == "'=HYPERLINK(1)"
    assert row[heads.index("note")] == "'@SUM"
    assert row[heads.index("person")] == f"'{given.CAROL}"
    masked = (await exported(bob))[1]
    assert given.CAROL not in ",".join(masked)
    assert await exported(alice, "?state=done") == [heads]
    assert made.pk == int(row[0])
