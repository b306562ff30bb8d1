"""What replacing old sound saves on the sandbox's own counts, where the cache is as the vendor describes it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from calls.costs.bill import together
from calls.costs.economy import Answer, of_replacing
from calls.costs.rates import RateBook
from calls.costs.tokens import Tokens, of_responses
from sandbox.model.usage import ContextPiece, response_usage
from tests.unit.calls.costs.test_tokens import BIG, BOOK, DAY

BEGAN = datetime(2026, 11, 20, 12, tzinfo=UTC)
INSTRUCTIONS, SUMMARY = ContextPiece("instructions", 800, 0), ContextPiece("summary", 150, 0)


def at(turn: int) -> datetime:
    return BEGAN + timedelta(seconds=20 * turn)


def a_talk(turns: int, *, replaced_after: int | None, kept: int = 14) -> list[Answer]:
    """So many answers of five seconds to turns of five seconds; after one of them, old sound gives way to a summary."""
    answers, context, before = [], [INSTRUCTIONS], []
    for n in range(turns):
        if n == replaced_after:
            context = [INSTRUCTIONS, SUMMARY, *context[-kept:]]
        context.append(ContextPiece(f"caller {n}", 0, 50))
        used = response_usage(context=context, cached=before, output_text=30, output_audio=100)
        before = list(context)
        context.append(ContextPiece(f"assistant {n}", 20, 100))
        went_in, cached = used["input_token_details"], used["input_token_details"]["cached_tokens_details"]
        tokens = Tokens(
            BIG, DAY, went_in["text_tokens"], went_in["audio_tokens"], cached["text_tokens"], cached["audio_tokens"]
        )
        answers.append(Answer(at(n), tokens))
    return answers


def cost(answers: list[Answer]) -> Decimal:
    return together(of_responses(answer.used, BOOK) for answer in answers).micros


def moment(turn: int) -> datetime:
    return at(turn) - timedelta(seconds=1)


def test_the_report_says_no_more_than_was_really_saved() -> None:
    with_it, without = a_talk(180, replaced_after=100), a_talk(180, replaced_after=None)
    told = of_replacing(with_it, [moment(100)], BOOK)
    assert told.micros is not None
    really = cost(without) - cost(with_it)
    assert 0 < told.micros <= really
    assert told.micros > really * Decimal("0.8")
    # 99 turns there and back and one more, against seven and one more.
    assert told.tokens == 99 * 150 + 50 - (7 * 150 + 50)


def test_done_near_the_end_of_a_call_it_costs_more_than_it_saves_and_the_report_says_so() -> None:
    with_it, without = a_talk(104, replaced_after=100), a_talk(104, replaced_after=None)
    told = of_replacing(with_it, [moment(100)], BOOK)
    assert told.micros is not None
    assert cost(without) - cost(with_it) < 0
    assert told.micros < 0


def test_the_cache_is_what_saves_most() -> None:
    answers = a_talk(60, replaced_after=None)
    bill = together(of_responses(answer.used, BOOK) for answer in answers)
    assert bill.saved > 5 * bill.micros


def test_without_a_price_nothing_is_claimed() -> None:
    answers = a_talk(30, replaced_after=20)
    assert of_replacing(answers, [moment(20)], RateBook([])).micros is None
    assert of_replacing(answers, [], BOOK) == of_replacing([], [], BOOK)
    assert of_replacing(answers, [at(99)], BOOK).tokens == 0
