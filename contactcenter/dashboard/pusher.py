"""One pusher per web process: what changed is rendered once and handed to every browser socket that shows it.

It listens to the floor's announcements. Rows, and words in an open transcript, are rendered at most eight times a
second, words on the floor once a second; in between, changes add up. When an announcement was missed, every socket is
told to fetch afresh: nothing on a screen depends on a message having arrived.
"""

import asyncio
import functools
import json
from collections.abc import Callable
from typing import Any

import structlog
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import DatabaseError, InterfaceError
from django.template import TemplateSyntaxError, VariableDoesNotExist
from django.template.loader import render_to_string
from django.urls import NoReverseMatch
from redis.exceptions import RedisError

from agents import floor
from calls.lifecycle import Phase
from calls.models import Call, Offer, TranscriptTurn
from contactcenter.dashboard import cards, people
from contactcenter.dashboard.live_words import LiveWords, live_words
from contactcenter.dashboard.metrics import PUSH_RENDERED

_TICK_S = 0.125
_FLOOR_WORDS_EVERY = 8  # ticks
_BACKLOG = 200
_BAD_CARD = (DatabaseError, InterfaceError, TemplateSyntaxError, VariableDoesNotExist, NoReverseMatch, LookupError)
_KINDS = ("call", "transcript", "recording", "agent")

log = structlog.get_logger(__name__)


class Viewer:
    """One browser socket: what it shows, and the messages that wait for it."""

    def __init__(self, *, shows_floor: bool, call_id: int | None, agent_id: int | None = None) -> None:
        self.shows_floor = shows_floor
        self.call_id = call_id
        self.agent_id = agent_id
        self._queue: asyncio.Queue[str] = asyncio.Queue(_BACKLOG)

    def give(self, message: str) -> None:
        """Queue a message; a browser that is too slow for them is told to fetch afresh instead."""
        try:
            self._queue.put_nowait(message)
        except asyncio.QueueFull:
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(RESYNC)

    async def next(self) -> str:
        """The next message."""
        return await self._queue.get()


RESYNC = json.dumps({"resync": True})


class Pusher:
    """The pusher of one event loop."""

    def __init__(self) -> None:
        self._viewers: set[Viewer] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._changed: dict[str, set[int]] = {kind: set() for kind in _KINDS}
        self._heard: set[int] = set()
        self._heard_on_floor: set[int] = set()
        self._counters: dict[str, int] = {}
        self._seq = 0

    def join(self, viewer: Viewer) -> None:
        """Begin to push to a viewer."""
        self._viewers.add(viewer)
        if not self._tasks or any(task.done() for task in self._tasks):
            self._tasks = [asyncio.create_task(self._listen(), name="floor"), asyncio.create_task(self._push())]

    def leave(self, viewer: Viewer) -> None:
        """Stop pushing to a viewer."""
        self._viewers.discard(viewer)

    # --- listening ---

    async def _listen(self) -> None:
        """Take announcements for ever; a layer that is away is joined again, and everybody fetches afresh."""
        while True:
            layer = get_channel_layer()
            try:
                channel = await layer.new_channel()
                await layer.group_add(floor.GROUP, channel)
                self._give_all(RESYNC)
                while True:
                    self._take(await layer.receive(channel))
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("floor lost, joining again", error=type(error).__name__)
                await asyncio.sleep(1)

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] != "floor.news":  # of a newer version
            return
        origin, n = str(message.get("origin")), int(message.get("n", 0))
        last = self._counters.get(origin)
        self._counters[origin] = n
        if last is not None and n != last + 1:
            self._give_all(RESYNC)
        for call, seq, party, item_id, text in message["heard"]:
            live_words.hear(call, LiveWords(seq, party, item_id, text))
            self._heard.add(call)
            self._heard_on_floor.add(call)
        for kind, pk in message["changed"]:
            if kind in self._changed:
                self._changed[kind].add(pk)

    # --- pushing ---

    async def _push(self) -> None:
        tick = 0
        while True:
            await asyncio.sleep(_TICK_S)
            tick += 1
            try:
                await self._push_words()
                await self._push_changes()
                if tick % _FLOOR_WORDS_EVERY == 0:
                    await self._push_floor_words()
            except _BAD_CARD:  # must not end the floor
                log.exception("push failed")
                self._give_all(RESYNC)

    def _watched(self, call_ids: set[int]) -> set[int]:
        return call_ids & {viewer.call_id for viewer in self._viewers if viewer.call_id is not None}

    async def _push_words(self) -> None:
        heard, self._heard = self._heard, set()
        for call_id in self._watched(heard):
            self._give_call(call_id, _render("dashboard/push/words.html", cards.words(call_id)))

    async def _push_floor_words(self) -> None:
        heard, self._heard_on_floor = self._heard_on_floor, set()
        if heard and self._has_floor():
            self._give_floor(_render("dashboard/push/floor_words.html", cards.floor_words(heard)))

    async def _push_changes(self) -> None:
        changed, self._changed = self._changed, {kind: set() for kind in self._changed}
        rows = changed["call"] | changed["transcript"]
        if rows:
            await _in_db(_settle_words, rows)
        if rows and self._has_floor():
            self._give_floor(await _in_db(_render_rows, sorted(rows)))
        for call_id in self._watched(changed["call"] | changed["recording"]):
            self._give_call(call_id, await _in_db(_render_head, call_id))
        for call_id in self._watched(changed["transcript"] | changed["recording"]):
            self._give_call(call_id, await _in_db(_render_transcript, call_id))
        for call_id in self._watched(changed["recording"]):
            self._give_call(call_id, await _in_db(_render_recording, call_id))
        if changed["agent"] and self._has_floor():
            self._give_floor(await _in_db(_render_agents))
        await self._push_desks(changed["agent"], changed["call"])

    async def _push_desks(self, agents: set[int], calls: set[int]) -> None:
        """The desks of these agents, and of those who have one of these calls."""
        seated = {viewer.agent_id for viewer in self._viewers if viewer.agent_id is not None}
        if not seated or not (agents or calls):
            return
        for agent_id in seated & (agents | await _in_db(_who_has, calls)):
            html = await _in_db(_render_desk, agent_id)
            self._give(html, functools.partial(_is_at, agent_id))

    def _has_floor(self) -> bool:
        return any(viewer.shows_floor for viewer in self._viewers)

    def _give_floor(self, html: str) -> None:
        self._give(html, lambda viewer: viewer.shows_floor)

    def _give_call(self, call_id: int, html: str) -> None:
        self._give(html, lambda viewer: viewer.call_id == call_id)

    def _give(self, html: str, is_for: Callable[[Viewer], bool]) -> None:
        if not html.strip():
            return
        self._seq += 1
        message = json.dumps({"seq": self._seq, "content": html})
        for viewer in self._viewers:
            if is_for(viewer):
                viewer.give(message)

    def _give_all(self, message: str) -> None:
        for viewer in self._viewers:
            viewer.give(message)


_in_db: Any = lambda job, *args: database_sync_to_async(job, thread_sensitive=False)(*args)  # noqa: E731


def _render(template: str, context: dict[str, Any]) -> str:
    PUSH_RENDERED.labels(template.rsplit("/", 1)[-1].removesuffix(".html")).inc()
    return render_to_string(template, context)


def _render_rows(call_ids: list[int]) -> str:
    return _render("dashboard/push/rows.html", cards.call_rows(call_ids))


def _render_head(call_id: int) -> str:
    card = cards.call_head(call_id)
    return "" if card is None else _render("dashboard/push/head.html", card)


def _render_transcript(call_id: int) -> str:
    return _render("dashboard/push/transcript.html", cards.transcript(call_id) | cards.words(call_id))


def _render_recording(call_id: int) -> str:
    card = cards.recording(call_id)
    return "" if card is None else _render("dashboard/push/recording.html", card)


def _render_agents() -> str:
    return _render("dashboard/push/agents.html", people.agents())


def _render_desk(agent_id: int) -> str:
    card = people.desk(agent_id)
    return "" if card is None else _render("dashboard/push/desk.html", card)


def _who_has(call_ids: set[int]) -> set[int]:
    """The agents who are offered one of these calls, or have it."""
    return set(
        Offer.objects.filter(transfer__call__in=call_ids, closed_at=None, agent__isnull=False).values_list(
            "agent", flat=True
        )
    )


def _is_at(agent_id: int, viewer: Viewer) -> bool:
    return viewer.agent_id == agent_id


def _settle_words(call_ids: set[int]) -> None:
    """Words that are stored now are not shown as being spoken any more."""
    live = live_words.items(call_ids)
    if not live:
        return
    items = set[str]().union(*live.values())
    for call_id, item_id in TranscriptTurn.finished(calls=live, items=items):
        live_words.settle(call_id, item_id)
    for call_id in Call.objects.filter(pk__in=live, phase=Phase.CLOSED).values_list("pk", flat=True):
        live_words.forget(call_id)


pusher = Pusher()
