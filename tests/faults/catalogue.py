"""Every case of the fault suite: what is done, how often, and what must come of it.

A goal that no test has reached or missed is reported as not measured, never as passed. Goals in milliseconds are held
in the full size only: the small one runs with every change, on machines that do other things as well.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure and its limit: at most this, or with `is_floor` at least this; None: the figure is told, not judged."""

    what: str
    limit: float | None = 0
    is_floor: bool = False
    is_timed: bool = False

    def is_met(self, reached: float) -> bool:
        """Whether this is good enough."""
        return self.limit is None or (reached >= self.limit if self.is_floor else reached <= self.limit)

    @property
    def bound(self) -> str:
        """The limit as people write it."""
        return "–" if self.limit is None else f"{'≥' if self.is_floor else '≤'} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Fault:
    """One case. `smoke` and `full` say how many of `unit` are done in each size."""

    name: str
    about: str
    unit: str
    smoke: int
    full: int
    goals: tuple[Goal, ...]


def _fault(name: str, about: str, unit: str, sizes: tuple[int, int], *goals: Goal) -> Fault:
    return Fault(name, about, unit, *sizes, goals)


def _ms(what: str, limit: float | None) -> Goal:
    return Goal(f"{what}, ms", limit, is_timed=True)


_ONE_CALL = (
    _fault(
        "poison",
        "one call of many is sent poison, by the carrier's side or the model's",
        "poisons",
        (6, 140),
        Goal("other calls on the line", None),
        Goal("frames the others lost"),
        Goal("turns the others lost"),
        Goal("others that ended"),
        _ms("longest gap between frames of the others, without poison", None),
        _ms("longest gap between frames of the others, with poison", None),
        _ms("latency of the others without poison, p99", None),
        _ms("latency of the others with poison, p99", None),
        _ms("added latency of the others, p99", 20),
    ),
    _fault(
        "hogging tools",
        "tools that spin, hoard memory, hang, fail or die, beside calls that talk",
        "runs",
        (5, 40),
        Goal("runs that were not answered"),
        Goal("processes left behind"),
        _ms("longest pause of the event loop", 50),
    ),
    _fault(
        "dying model",
        "the model's socket dies: before the first sound, in a word, in a tool call, in a pause",
        "deaths",
        (0, 100),
        Goal("calls that ended"),
        Goal("calls greeted twice"),
        Goal("silences over 4 s"),
        _ms("silence around a death, p95", 1500),
        _ms("silence around a death, p99", 3000),
    ),
    _fault(
        "slow model",
        "the first sound takes 5 s",
        "calls",
        (0, 40),
        Goal("calls without a filler"),
        Goal("silences over 4 s"),
        _ms("from the end of a turn to the filler, p99", 1500),
    ),
    _fault(
        "refusing model",
        "rate limits, no quota, errors, no answer at all",
        "calls",
        (0, 16),
        Goal("calls that did not end with words"),
        Goal("silences over 4 s"),
    ),
    _fault(
        "rollover",
        "sessions of the model expire and are relieved before they do",
        "rolls",
        (20, 200),
        Goal("rolls after the expiry"),
        Goal("items of the context lost"),
        Goal("greetings repeated"),
        Goal("longest time without a session, ms of the call", 300),
    ),
    _fault(
        "rollover on the line",
        "the same with processes and sockets",
        "rolls",
        (0, 20),
        Goal("words forgotten"),
        Goal("greetings repeated"),
        Goal("calls that ended"),
        _ms("longest gap between frames to the model, p99", 300),
    ),
    _fault(
        "ragged frames",
        "the caller's frames are lost (5 %), late (100 ms), doubled and out of order",
        "frames",
        (30_000, 1_000_000),
        Goal("frames passed on in another order than they came"),
        Goal("frames passed on twice"),
        Goal("sound held back, ms", 500),
        Goal("the model's clock behind the caller's, ms", 500),
    ),
    _fault(
        "ragged lines",
        "the same with processes and sockets, and a conversation",
        "calls",
        (0, 20),
        Goal("calls that ended"),
        Goal("words not understood"),
    ),
    _fault(
        "hang-up",
        "callers hang up at a moment drawn by lot",
        "calls",
        (4, 200),
        Goal("calls not closed"),
        Goal("calls closed with a wrong reason"),
        Goal("sessions of the model left open"),
        Goal("streams left open"),
        _ms("from the hang-up to the closed books, p99", 5000),
        Goal("growth of the process, MB", None),
    ),
)

_DOORS = (
    _fault(
        "forged signatures",
        "forged, altered, truncated, of another host, scheme, account, token",
        "requests",
        (1_200, 100_000),
        Goal("accepted"),
        Goal("refusals that say more than 403"),
        _ms("one check, p99", 5),
    ),
    _fault(
        "proxies",
        "genuine requests in every spelling, and headers that lie about where they came in",
        "requests",
        (90, 1500),
        Goal("genuine refused"),
        Goal("forged accepted"),
    ),
    _fault(
        "replay",
        "a genuine callback again and again, and a day later",
        "replays",
        (25, 1000),
        Goal("effects beyond the first"),
    ),
    _fault(
        "orders",
        "status events in every order, doubled, and any of them lost",
        "schedules",
        (250, 12_000),
        Goal("final states unlike the canonical one"),
        Goal("terminal states left"),
        Goal("of these in the database", None),
    ),
    _fault(
        "webhook burst",
        "signed status callbacks at 200 a second, then as many as go",
        "requests",
        (150, 3_000),
        Goal("answers 5xx or none"),
        Goal("reached at 200 a second, requests per second", None),
        _ms("answer at 200 a second, p99", 150),
        Goal("reached at full speed, requests per second", None),
        _ms("answer at full speed, p99", 800),
        Goal("until the books have caught up, s", None),
    ),
    _fault(
        "stores away",
        "the database or Redis refuses or hangs while calls come in and talk",
        "webhooks",
        (24, 1000),
        Goal("webhooks without valid TwiML"),
        Goal("live calls that ended"),
        Goal("turns lost or doubled"),
        Goal("journals not written down afterwards"),
        Goal("floors not live again"),
        _ms("answer, p100", 1000),
    ),
    _fault(
        "handshakes",
        "stream sockets without or with a wrong signature, ticket or start, and two for one call",
        "attempts",
        (120, 5_000),
        Goal("let in"),
        Goal("sessions of the model opened"),
        Goal("bytes of sound sent"),
        _ms("from the wrong message to the close, p99", 100),
    ),
    _fault(
        "socket flood",
        "half-open sockets, slow headers, large frames, beside calls that talk",
        "sockets",
        (300, 2000),
        Goal("frames the calls lost"),
        Goal("turns the calls lost"),
        Goal("calls that ended"),
    ),
    _fault(
        "fuzzed pages",
        "every address of the product with arbitrary methods, paths, fields and bodies",
        "requests",
        (90, 8_000),
        Goal("answers 5xx"),
        Goal("answers with a trace"),
    ),
    _fault(
        "fuzzed protocols",
        "arbitrary messages of the carrier and the model through codecs and session",
        "messages",
        (6000, 200_000),
        Goal("exceptions"),
        Goal("sessions that did not end with their line"),
        Goal("largest buffer, entries", 2000),
    ),
    _fault(
        "fuzzed sockets",
        "the same over real sockets, after a genuine start",
        "messages",
        (300, 20_000),
        Goal("exceptions in the log"),
        Goal("calls left open"),
    ),
    _fault(
        "churn",
        "an hour of calls, one after the other, on a stepped clock",
        "calls",
        (300, 3600),
        Goal("objects grown, per call", 0.5),
        Goal("memory grown, bytes per call", 200),
        Goal("tasks left"),
        Goal("descriptors left"),
    ),
)

_DIALS = (
    _fault(
        "law",
        "calls to customers drawn by lot, judged by the rules and by a second reading of the law, minute by minute",
        "cases",
        (1_000, 1_000_000),
        Goal("answers that differ"),
        Goal("calls outside their hours, without their consent or after a stop"),
        Goal("share that may be called, percent", 30, is_floor=True),
        Goal("moments sought minute by minute", None),
    ),
    _fault(
        "dying diallers",
        "a campaign rings while its workers are killed, and tasks come twice or late",
        "contacts",
        (60, 10_000),
        Goal("requests to the carrier beyond the permits spent"),
        Goal("people rung twice"),
        Goal("people rung without consent"),
        Goal("people who agreed and were not rung", 10),
        Goal("contacts lost"),
        Goal("attempts counted wrongly"),
        Goal("contacts for whom the dry run was wrong"),
        Goal("dials a second", None),
    ),
    _fault(
        "lost answers",
        "the carrier takes a dial and its answer is lost",
        "dials",
        (8, 2_000),
        Goal("people rung twice"),
        Goal("people not rung"),
        Goal("attempts that did not find their call"),
    ),
    _fault(
        "pause",
        "a campaign is paused while it rings as fast as it may",
        "pauses",
        (1, 20),
        Goal("the last request after the commit, ms", 1000),
        Goal("people rung twice"),
    ),
)

FAULTS = {fault.name: fault for fault in (*_ONE_CALL, *_DOORS, *_DIALS)}
