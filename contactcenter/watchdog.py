"""When a bridge counts as hung, and how long to wait before it is started anew. Decisions only: no clock, no process.

A bridge is asked every half second whether it is there. Two kinds of silence differ. A bridge that takes the connection
and says nothing is stopped or spins, and its callers hear nothing: it is killed, so that their calls can go on
elsewhere. One that refuses the connection has no open door: it is still starting, or on its way out, and gets longer.
"""

from dataclasses import dataclass
from enum import StrEnum

ASK_EVERY_S = 0.5
SILENCE_S = 2.0  # without a word from a bridge that takes connections
LEAST_S = 1.0  # for one question, however late it was put
START_GRACE_S = 60.0  # until the first answer: a slow machine loads slowly
LEAVING_S = 20.0  # with the door closed after it was open: longer than a server's own grace at its end
OVERSLEPT_S = 0.3  # so much later than asked for means that we ourselves did not get to run

SHORT_LIFE_S = 10.0
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
# Where others are there, they take its calls up first: what loads meanwhile would take the processor from them.
OTHERS_FIRST_S = 3.0


class Verdict(StrEnum):
    """What to do about a bridge that did not answer."""

    PATIENCE = "patience"
    HUNG = "hung"  # took the connection and said nothing
    NEVER_CAME = "never came"  # no answer since it was started
    STUCK = "stuck"  # closed its door and did not go


@dataclass(slots=True)
class Watch:
    """What is known of one bridge since it was started at `started_at`; all times are of one monotonic clock."""

    started_at: float
    answered_at: float | None = None
    excused_until: float = 0.0

    def answered(self, now: float) -> None:
        """It said that it is there."""
        self.answered_at = now

    def patience_until(self, asked_at: float) -> float:
        """Until when to wait for the answer to a question put at `asked_at`."""
        if self.answered_at is None:
            return max(asked_at + SILENCE_S, self.started_at + START_GRACE_S)
        return max(self.answered_at + SILENCE_S, asked_at + LEAST_S, self.excused_until)

    def silent(self, *, asked_at: float, now: float) -> Verdict:
        """It took the connection and has said nothing until now."""
        until = self.patience_until(asked_at)
        if now - until > OVERSLEPT_S:
            # The machine stood still, or was too busy for us: what we did not look at cannot be held against anybody.
            self.excused_until = now + SILENCE_S
            return Verdict.PATIENCE
        if now < until:
            return Verdict.PATIENCE
        return Verdict.NEVER_CAME if self.answered_at is None else Verdict.HUNG

    def refused(self, now: float) -> Verdict:
        """It does not take connections."""
        if self.answered_at is None:
            return Verdict.NEVER_CAME if now - self.started_at >= START_GRACE_S else Verdict.PATIENCE
        return Verdict.STUCK if now - self.answered_at >= LEAVING_S else Verdict.PATIENCE


@dataclass(slots=True)
class Restarts:
    """How often one bridge has died soon after its start; a long life clears it."""

    short_lives: int = 0

    def wait_s(self, *, lived_s: float, are_others_up: bool = False) -> float:
        """How long to wait before the next start, after a life of `lived_s`: hardly at all, then longer and longer."""
        least_s = OTHERS_FIRST_S if are_others_up else 0.0
        if lived_s >= SHORT_LIFE_S:
            self.short_lives = 0
            return least_s
        self.short_lives += 1
        if self.short_lives == 1:
            return least_s
        doublings = min(self.short_lives - 2, 16)
        return max(least_s, min(FIRST_WAIT_S * 2.0**doublings, LONGEST_WAIT_S))
