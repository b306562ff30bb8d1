"""The calls that `fanout` watches: a process that says and stores what a bridge with that many calls would.

`floor_feeder.py CALLS SECONDS`. It makes the calls and a supervisor's session, then measures its own cost twice, with
nobody watching: the same conversations without and with the floor's announcements. Then it waits for a line on its
input, and talks for that long. Each word and each turn carries the moment it was announced, by the machine's monotonic
clock. One line of JSON after each part.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings")
django.setup()

from channels.db import database_sync_to_async
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from agents import floor
from calls import journal
from calls.consumers.books import Account
from calls.lifecycle import Phase
from calls.models import Call, Number
from calls.voice import effects as e
from calls.voice.messages import Party

TICK_S = 0.125  # the bridge sends words to the floor this often
STEPS = 25  # within a tick
WORDS_PER_TURN = 20  # ticks: 2.5 s of speech
PAUSE = 8  # ticks between two turns: 1 s
ALONE_S = 8.0
SENTENCE = "and we looked at the tent which is made of light cotton and stands in all weather for years"


class Talk:
    """One call's conversation: a turn, a pause, the other party's turn."""

    def __init__(self, call: Call, number: int) -> None:
        self.call = call
        self._tick = number * 7 % (WORDS_PER_TURN + PAUSE)  # the calls are not in step
        self._turn = self._seq = 0

    def tick(self, *, heard: Callable[..., None], stored: Callable[[Call, e.TurnSpoken], None]) -> None:
        """Say what is said in this eighth of a second."""
        party = Party.CUSTOMER if self._turn % 2 else Party.ASSISTANT
        item = f"talk_{self._turn}"
        if self._tick < WORDS_PER_TURN:
            self._seq += 1
            text = SENTENCE[: 20 + 3 * self._tick]
            heard(
                call=self.call.pk,
                seq=self._seq,
                party=party.value,
                item_id=item,
                text=f"{text} w{time.monotonic_ns()}w",
            )
        elif self._tick == WORDS_PER_TURN:
            text = f"{SENTENCE} t{time.monotonic_ns()}t"
            stored(self.call, e.TurnSpoken(party, item, self._turn * 3500, self._turn * 3500 + 2500, text))
        self._tick += 1
        if self._tick == WORDS_PER_TURN + PAUSE:
            self._tick = 0
            self._turn += 1


def _calls(count: int, now: datetime) -> list[Call]:
    number = Number.objects.select_related("assistant").order_by("pk").first()
    assert number is not None
    return Call.objects.bulk_create(
        Call(
            number=number,
            assistant=number.assistant,
            customer_address=f"+1415555{n:04}",
            customer_e164=f"+1415555{n:04}",
            our_address=number.e164,
            phase=Phase.WITH_ASSISTANT,
            started_at=now,
            answered_at=now,
        )
        for n in range(count)
    )


def _session() -> str:
    client = Client()
    client.force_login(User.objects.get(username="sam@demo.test"), "django.contrib.auth.backends.ModelBackend")
    return client.cookies["session"].value


def _nothing(*_: object, **__: object) -> None:
    pass


async def _talk(talks: list[Talk], seconds: float, heard: Callable[..., None], stored: Callable[..., None]) -> float:
    """Let every call talk, each in its own step; the processor time it took."""
    before, began = time.process_time(), time.monotonic()
    for step in range(int(seconds / TICK_S) * STEPS):
        for talk in talks[step % STEPS :: STEPS]:
            talk.tick(heard=heard, stored=stored)
        await asyncio.sleep(max(began + (step + 1) * TICK_S / STEPS - time.monotonic(), 0))
    return time.process_time() - before


def _tell(**what: object) -> None:
    print(json.dumps(what), flush=True)


async def main() -> None:
    """All parts, one after the other."""
    count, seconds = int(sys.argv[1]), float(sys.argv[2])
    now = timezone.now()
    talks = [Talk(call, n) for n, call in enumerate(await database_sync_to_async(_calls)(count, now))]
    _tell(session=await database_sync_to_async(_session)())
    floor.attach_loop()
    await _talk(talks, 2.0, floor.heard, _nothing)  # connections are made, nothing is counted
    silent_s = await _talk(talks, ALONE_S, _nothing, _nothing)
    _tell(silent_s=silent_s)
    announced_s = await _talk(talks, ALONE_S, floor.heard, _nothing)
    _tell(announced_s=announced_s)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    turns = 0

    def stored(call: Call, turn: e.TurnSpoken) -> None:
        nonlocal turns
        turns += 1
        Account(call.pk, 1, now, 0, "none").put(turn)

    spent_s = await _talk(talks, seconds, floor.heard, stored)
    await journal.settled()
    _tell(turns=turns, spent_s=spent_s)


if __name__ == "__main__":
    asyncio.run(main())
