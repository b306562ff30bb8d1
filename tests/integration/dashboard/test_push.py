"""What is pushed equals what is fetched: the same card, rendered for the socket and for the page."""

from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from calls.control import supervision
from calls.models import Call, Recording, TranscriptTurn
from contactcenter.dashboard import cards, pusher
from contactcenter.dashboard.live_words import LiveWords, live_words
from tests import calls_on_screen as screen
from tests import given
from tests.integration.dashboard.markup import even, inside, partials

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _stopped_clock() -> Iterator[None]:
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.fixture(params=["supervisor", "agent"])
def viewer(request: pytest.FixtureRequest) -> Client:
    """Cards are made once for everybody, so they must look the same to every role."""
    person: User = given.a_person("dana", request.param)
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def call() -> Iterator[Call]:
    """A live call in which everything has happened that a card can show, and words are being spoken."""
    call = screen.a_live_call()
    screen.a_talk(call)
    screen.an_event(call, "tool_called", 5000, name="find_order", call_id="t1")
    screen.an_event(call, "key_pressed", 6000, digit="7")
    screen.an_event(call, "coached", 6500, ref="coach:1", by="alice@example.com", text="Be <kind>.", aloud=False)
    screen.an_approval(call)
    supervision.begin(call=call, user=given.bob(), mode=supervision.Mode.LISTENING, now=timezone.now())
    live_words.hear(call.pk, LiveWords(seq=1, party="customer", item_id="item_99", text="and one <more> thing"))
    yield call
    live_words.forget(call.pk)


def page(viewer: Client, path: str) -> str:
    return viewer.get(path).content.decode()


@pytest.mark.parametrize("is_final", [False, True])
def test_words_are_being_said_until_their_turn_is_written_down_as_a_whole(call: Call, is_final: bool) -> None:
    turn = TranscriptTurn(
        call=call, item_id="item_99", party="customer", started_ms=9000, text="and", is_final=is_final
    )
    TranscriptTurn.keep_all([turn])
    assert ("and one &lt;more&gt; thing" in pusher._render_rows([call.pk])) is not is_final
    pusher._settle_words({call.pk})
    assert bool(live_words.both(call.pk)) is not is_final


def test_rows(viewer: Client, call: Call) -> None:
    over = screen.end(screen.a_live_call())
    pushed = pusher._render_rows([call.pk, over.pk])
    floor = page(viewer, "/")
    targets = partials(pushed)
    assert set(targets) == {"#live", "#counts"}
    assert targets["#counts"] == inside(floor, "counts")
    for row in (call, over):
        assert inside(pushed, f"call-{row.pk}") == inside(floor, f"call-{row.pk}")
    assert "and one &lt;more&gt; thing" in inside(floor, f"call-{call.pk}")


def test_words_on_the_floor(viewer: Client, call: Call) -> None:
    pushed = partials(render_to_string("dashboard/push/floor_words.html", cards.floor_words([call.pk, 99_999_999])))
    assert pushed == {f"#said-{call.pk}": inside(page(viewer, "/"), f"said-{call.pk}")}


@pytest.mark.parametrize("is_live", [True, False])
@pytest.mark.parametrize("path", ["/calls/{}/", "/?call={}"])
def test_head(viewer: Client, call: Call, path: str, is_live: bool) -> None:
    if not is_live:
        screen.end(call)
    fetched = page(viewer, path.format(call.pk))
    for target, pushed in partials(pusher._render_head(call.pk)).items():
        if path == "/calls/{}/" or target == f"#head-{call.pk}":
            assert pushed == inside(fetched, target.removeprefix("#"))


@pytest.mark.parametrize("path", ["/calls/{}/", "/?call={}"])
def test_transcript_and_words(viewer: Client, call: Call, path: str) -> None:
    pushed = partials(pusher._render_transcript(call.pk))
    fetched = page(viewer, path.format(call.pk))
    assert pushed == {f"#{part}-{call.pk}": inside(fetched, f"{part}-{call.pk}") for part in ("turns", "words")}
    words = partials(render_to_string("dashboard/push/words.html", cards.words(call.pk)))
    assert words == {f"#words-{call.pk}": pushed[f"#words-{call.pk}"]}


@pytest.mark.parametrize("state", ["running", "playable", "kept back", "none"])
def test_recording(viewer: Client, call: Call, state: str) -> None:
    if state in ("playable", "kept back"):
        tape = screen.a_tape(call)
        screen.end(call)
        if state == "kept back":
            Recording.objects.filter(pk=tape.pk).update(notice_started_ms=None)
    elif state == "none":
        call.recordings.all().delete()
    pushed = partials(pusher._render_recording(call.pk))
    shown = inside(page(viewer, f"/calls/{call.pk}/"), f"recording-{call.pk}")
    assert pushed == {f"#recording-{call.pk}": shown}


def test_a_buttons_answer_is_the_same_card(call: Call) -> None:
    client = Client()
    client.force_login(given.alice())
    screen.end(call)
    answer = client.post(f"/calls/{call.pk}/end/", headers={"HX-Request": "true"}).content.decode()
    assert partials(pusher._render_head(call.pk))[f"#head-{call.pk}"] == even(answer)


def test_a_call_that_is_gone_pushes_nothing() -> None:
    assert pusher._render_head(99_999_999) == ""
    assert pusher._render_recording(99_999_999) == ""
    assert "data-call" not in pusher._render_rows([99_999_999])
