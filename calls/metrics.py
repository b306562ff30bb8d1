"""Counters and gauges of calls, for `/metrics`. Names are stable: alerts and dashboards build on them."""

from dataclasses import dataclass

from prometheus_client import Counter, Gauge, Histogram

WEBHOOKS_REFUSED = Counter("calls_webhooks_refused_total", "Webhooks refused, by path and reason", ["path", "reason"])
WEBHOOKS_FAILED_SOFT = Counter(
    "calls_webhooks_failed_soft_total", "Webhooks answered with static words because a store was away", ["path"]
)
WEBHOOKS_ASKED_AGAIN = Counter(
    "calls_webhooks_asked_again_total", "Callers asked for a moment because the books were slow, by path", ["path"]
)
TRUNK_DISASTERS = Counter(
    "calls_trunk_disasters_total", "Calls of trunks none of whose addresses took them, which we answered instead"
)
STREAMS_REFUSED = Counter("calls_streams_refused_total", "Media streams refused, by reason", ["reason"])
PAGES_REFUSED = Counter(
    "test_call_pages_refused_total", "Test calls that were ended because of what their page sent, by what", ["reason"]
)
STREAMS_OPEN = Gauge("calls_streams_open", "Media streams open in this process")
STREAM_MESSAGES_SKIPPED = Counter(
    "calls_stream_messages_skipped_total", "Carrier stream messages of a kind we do not know", ["kind"]
)
MODEL_SOCKETS_OPEN = Gauge("calls_model_sockets_open", "Model sockets open in this process")
MODEL_SESSIONS_OPENED = Counter("calls_model_sessions_opened_total", "Sessions of the model that calls were held with")
MODEL_EVENTS_SKIPPED = Counter("calls_model_events_skipped_total", "Model events of an unknown type or shape", ["kind"])
MODEL_FAULTS = Counter("calls_model_faults_total", "Error events of the model, by code", ["code"])
MODEL_WARM = Counter("calls_model_warm_total", "Warmed model sockets, by what became of them", ["outcome"])
MODEL_LIMIT_REMAINING = Gauge("calls_model_limit_remaining", "What the model says is left of a limit", ["name"])
SOUND_COPIED = Counter("calls_sound_copied_total", "Pieces of live sound copied to people who listen")
SIP_WEBHOOKS = Counter(
    "calls_model_webhooks_total", "Webhooks of the model's side, by what became of each", ["outcome"]
)
SIP_CALLS = Counter("calls_sip_calls_total", "Calls that came to the model by SIP, by what became of them", ["outcome"])
SIP_LINES_OVER = Counter("calls_sip_lines_over_total", "Lines to the model that are over", ["status", "next"])
SIDEBANDS_OPEN = Gauge("calls_sidebands_open", "Calls by SIP looked after in this process")
TOOLS_KILLED = Counter("calls_tools_killed_total", "Runs of tools that were stopped or died", ["tool"])


# Words of others that become labels: each is kept for ever, so there must not be any number of them.
_MOST_WORDS = 40
_words: dict[str, set[str]] = {}


def word_of(what: str, word: str) -> str:
    """A vendor's word as a label; `other` once there are too many different ones."""
    known = _words.setdefault(what, set())
    if word not in known and len(known) >= _MOST_WORDS:
        return "other"
    known.add(word)
    return word


def note_fault(code: str) -> None:
    """Count an error event of the model."""
    MODEL_FAULTS.labels(word_of("fault", code[:40])).inc()


@dataclass(frozen=True, slots=True)
class _Limit:
    share: float
    noted_at: float
    reset_s: float

    def share_at(self, now: float) -> float:
        """What is left by now: what was used comes back evenly, and all of it when the limit is reset."""
        if now >= self.noted_at + self.reset_s:
            return 1.0
        return self.share + (1.0 - self.share) * max(now - self.noted_at, 0.0) / self.reset_s


_limits: dict[str, _Limit] = {}


def note_limits(limits: "tuple[tuple[str, int, int, float], ...]", *, now: float) -> None:
    """Keep what the model says is left of each limit, as (name, remaining, limit, seconds until all is back)."""
    for name, remaining, limit, reset_s in limits:
        label = word_of("limit", name[:40])
        MODEL_LIMIT_REMAINING.labels(label).set(remaining)
        _limits[label] = _Limit(remaining / limit if limit else 1.0, noted_at=now, reset_s=reset_s)


def tightest_share(*, now: float) -> float:
    """What is left of the tightest limit, from 0 to 1; 1 when nothing is known. `now` is of the clock of the notes.

    Without calls the model says nothing more, so what it said last must not count for ever.
    """
    return min((limit.share_at(now) for limit in _limits.values()), default=1.0)


CALLS_ENDED = Counter("calls_ended_total", "Calls ended, by reason", ["reason"])
RESPONSE_MS = Histogram(
    "calls_response_ms",
    "From the end of the caller's speech to the first sound of the answer",
    buckets=(200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 10000),
)
FIRST_WORD_MS = Histogram(
    "calls_first_word_ms",
    "From the stream's start to the first greeting byte sent",
    buckets=(50, 100, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000),
)
RECORDINGS_REFUSED = Counter("calls_recordings_refused_total", "Callers who did not want to be recorded", ["how"])
TAPES_GIVEN_UP = Counter("calls_tapes_given_up_total", "Recordings of the bridge's own that failed")
RECORDINGS_COPIED = Counter("calls_recordings_copied_total", "Recordings copied to our storage", ["outcome"])
JOURNAL_DEPTH = Gauge("calls_journal_depth", "Journal entries of this process that are not in the database yet")
JOURNAL_WAITING = Gauge("calls_journal_waiting", "1 while the journal waits for a database that is away")
JOURNAL_NOT_ON_DISK = Counter("calls_journal_not_on_disk_total", "Journal entries the disk did not take")
JOURNAL_REFUSED = Counter("calls_journal_refused_total", "Journal entries that the database refused")
RECORDS_FENCED = Counter("calls_records_fenced_total", "Records of a process that does not hold the call any more")
CALLS_RESCUED = Counter("calls_rescued_total", "Live calls taken from a bridge that had fallen silent")
CALLS_RECONCILED = Counter(
    "calls_reconciled_total", "Calls the carrier and we disagreed about, by what was done", ["act"]
)
LEGS_UNEXPLAINED = Counter("calls_legs_unexplained_total", "Legs that go out from our numbers and nobody here dialled")
DIALS = Counter("calls_dials_total", "Permits spent, by what became of the request to the carrier", ["outcome"])
FOREIGN_CALLS = Gauge("calls_foreign", "Live calls of the account that are not ours, at the last comparison")
CALLS_RESUMED = Counter("calls_resumed_total", "Conversations taken up again after their stream was lost")
TEXTS = Counter(
    "calls_texts_total", "Text messages received, by what was made of them: stop, start, other", ["meaning"]
)
