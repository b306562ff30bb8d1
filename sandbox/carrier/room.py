"""A conference as plain values: the room, who is in it, and on which terms each of them came.

https://www.twilio.com/docs/voice/twiml/conference. What happens in it is in `rooms.py`, its sound in `room_sound.py`.
"""

import asyncio
from dataclasses import dataclass, field

import aiohttp

from sandbox.carrier.ear import Ear
from sandbox.carrier.line import Line
from sandbox.carrier.mixing import Sounds
from sandbox.carrier.values import Call, FetchDocument, Recording, RecordingTerms, Visit

JITTER_MS = {"off": 0, "small": 20, "medium": 40, "large": 60}


@dataclass(frozen=True, slots=True)
class Terms:
    """What one participant brings along. Much of it is about the whole room, and counts from the first one only."""

    label: str = ""
    muted: bool = False
    beeps_on_enter: bool = True
    beeps_on_exit: bool = True
    starts: bool = True
    ends: bool = False
    coach: str = ""  # the call that alone hears this one
    wait: FetchDocument | None = None  # None: the carrier's own music
    waits_in_silence: bool = False
    jitter_ms: int = JITTER_MS["large"]
    most: int = 250
    recording: RecordingTerms | None = None
    region: str = "us1"
    status_callback: FetchDocument | None = None
    status_events: frozenset[str] = frozenset({"start", "end"})


@dataclass(slots=True, eq=False)
class Member:
    """A leg in a room; `coaches` is the call that alone hears it, when there is one."""

    call: Call
    terms: Terms
    visit: Visit
    muted: bool = False
    is_held: bool = False
    is_coaching: bool = False
    coaches: str = ""
    ends: bool = False
    beeps_on_exit: bool = True
    music: Sounds = field(default_factory=Sounds)
    announcements: Sounds = field(default_factory=Sounds)
    playing: "asyncio.Task[None] | None" = None  # music of the wait or of the hold
    taken: int | None = None  # samples of the line that the room has heard
    ear: Ear | None = None
    is_speaking: bool = False
    gone: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True, eq=False)
class Room:
    """One conference from the first who comes to the last who goes."""

    sid: str
    name: str
    created_at_ms: float
    line: Line  # what is recorded of it
    terms: Terms  # of the first participant
    first_call_sid: str
    status: str = "init"  # init, in-progress, completed
    members: dict[str, Member] = field(default_factory=dict)  # by call
    dialled: dict[str, tuple[Call, Terms]] = field(default_factory=dict)  # by call: who is still being rung
    sounds: Sounds = field(default_factory=Sounds)  # announcements and beeps, for everybody
    mover: "asyncio.Task[None] | None" = None  # of sound, while somebody is here
    sequence: int = 0
    started_at_ms: float | None = None
    ended_at_ms: float | None = None
    updated_at_ms: float = 0.0
    reason_ended: str = ""
    ended_by_sid: str = ""
    recordings: list[Recording] = field(default_factory=list)
    is_forgotten: bool = False
    last_callback: asyncio.Task[None] | None = None
    cookies: aiohttp.CookieJar = field(default_factory=lambda: aiohttp.CookieJar(unsafe=True))

    @property
    def is_live(self) -> bool:
        """Not over."""
        return self.status != "completed"

    @property
    def is_started(self) -> bool:
        """People hear each other."""
        return self.status == "in-progress"

    def find(self, who: str) -> Member | None:
        """The member with this call or label."""
        return self.members.get(who) or next((each for each in self.members.values() if each.terms.label == who), None)

    def has_label(self, label: str) -> bool:
        """Somebody is here, or on the way, under this label."""
        terms = [*(each.terms for each in self.members.values()), *(terms for _, terms in self.dialled.values())]
        return bool(label) and any(each.label == label for each in terms)
