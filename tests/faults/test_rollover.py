"""A session of the model expires, and another takes over before that; on paper, with the call's own clock."""

import pytest

from calls.voice import effects as e
from calls.voice import messages as m
from tests.faults.case import Case
from tests.unit.calls.voice.talk import HELLO, Talk, told

ROLLS = 20  # in one call


@pytest.mark.fault("rollover")
def test_sessions_are_relieved_before_they_expire_with_everything_that_was_said(case: Case) -> None:
    for n in range(case.size // ROLLS):
        _one_call(case, n)
    case.did(case.size)


def _one_call(case: Case, n: int) -> None:
    dice = case.dice(n)
    life = dice.randrange(15_000, 60_000, 1000)
    talk = Talk(is_ready=False, greeting=HELLO, prompt_after_ms=0, limit_ms=10_000_000).model(m.ModelReady(life))
    talk.says(HELLO, 1000)
    for roll in range(ROLLS):
        began_ms, since = talk.session.now_ms, len(talk.all(e.SwitchModel))
        talk.wait(dice.randrange(0, life // 2, 20))
        said = f"Sentence {roll}."
        talk.caller_starts(f"c{roll}").wait(400).caller_stops(f"c{roll}", said)
        talk.says(f"Answer {roll}.", 400, item=f"a{roll}", response=f"r{roll}").wait(600)
        while len(talk.all(e.OpenSpare)) == since:
            talk.wait(100)
        talk.wait(dice.randrange(0, max(life // 12, 40), 20))  # the spare takes its time
        before = len(talk.done)
        talk.model(m.SpareReady(life))
        while len(talk.all(e.SwitchModel)) == since:
            talk.wait(20)
        case.reached("rolls after the expiry", talk.session.now_ms - began_ms > life)
        texts = [one.text for one in told(talk, before) if isinstance(one, e.AddMessage)]
        case.reached("items of the context lost", sum(said not in text for text in [" ".join(texts)]))
    case.reached("greetings repeated", sum("Hello" in (one.instructions or "") for one in talk.all(e.Respond)) - 1)
    case.reached("longest time without a session, ms of the call", 300 * ("model_lost" in talk.noted()))
