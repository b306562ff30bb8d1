"""What people say when they want no more calls, and what only sounds like it."""

import time

import pytest

from compliance.opt_out_words import Understood, Wish, answer, understood

STOPS = (
    "stop",
    "STOP.",
    "Stop!",
    "Stop calling me",
    "please stop calling",
    "take me off your list",
    "Take me off of your calling list please.",
    "don't call again",
    "Don't call me again.",
    "don't ever call me again",
    "Do not call this number again",
    "do not call me",
    "don't call me",
    "Please don't call me anymore, thank you",
    "never call here again",
    "no me llame más",
    "No me llamen más por favor",
    "no me vuelvan a llamar",
    "No vuelva a llamarme",
    "Deje de llamarme",
    "dejen de molestarme",
    "quíteme de su lista",
    "sáquenme de la lista",
    "No quiero más llamadas",
    "no quiero que me llamen más",
    "número equivocado",
    "se equivocó de número",
    "deme de baja",
    "wrong number",
    "You have the wrong number",
    "sorry, wrong number",
    "this is the wrong number",
    "quit",
    "Quit calling me",
    "quit it stop",
    "end",
    "revoke",
    "I revoke my consent",
    "I withdraw my permission to call",
    "opt out",
    "opt-out",
    "I want to opt out",
    "please opt me out",
    "cancel",
    "unsubscribe",
    "UNSUBSCRIBE",
    "STOPALL",
    "stop stop stop",
    "remove me from your list",
    "remove my number",
    "remove me please",
    "put me on your do not call list",
    "add my number to the do not call list",
    "I'm on the do not call registry",
    "my number is on the do not call list",
    "leave me alone",
    "lose my number",
    "no more calls",
    "no more calls please",
    "stop these calls",
    "Stop with the calls",
    "I don't want any more calls",
    "I don't want to be called",
    "I don't want you to call me",
    "I don't want you to call me again",
    "I never want to hear from you again",
    "I do not wish to receive these calls",
    "i told you not to call me",
    "how many times do I have to tell you to stop calling",
    "you need to stop",
    "can you please stop",
    "make it stop",
    "I'd rather you didn't call me again",
    "no, stop",
    "I said stop",
    "stop texting me",
    "Stop sending me messages",
    "please stop bothering me",
    "Why won't you stop calling me",
    "do not contact me",
    "delete my number",
    "take my name off the list",
    "arrêtez de m'appeler",
    "ne m'appelez plus",
    "Rufen Sie mich nicht mehr an",
    "não me ligue mais",
    "I never gave you permission to call me",
    "don't call",
    "Basta",
    "alto",
    "Stop calling me at work!",
    "don't call me back",
    "I would like to unsubscribe from these calls",
    "Please cease calling",
    "stop harassing me",
    "Don't you ever call me again",
    "Stop all calls to this number",
    "I don't want to hear from you anymore",
    "Remove me from this call list immediately",
    "No me interesa, no me llame más",
    "¡No me llame más!",
    "No me vuelva a llamar nunca",
    "Ya basta",
    "STOP PLEASE",
    "stop.",
    "Stop, please.",
    "Yes, stop calling me. Thank you.",
    "Quit",
    "I opt out of these calls",
    "take us off your list",
    "You've got the wrong person",
)
THREATS = (
    "I'll report you",
    "I will sue you",
    "You'll be hearing from my lawyer",
    "I'm calling the FCC",
    "this is harassment",
    "los voy a denunciar",
    "I'm going to report this number",
)
LATER = (
    "call me later",
    "not today",
    "Call me back tomorrow",
    "I'm busy right now",
    "not now",
    "don't call me today",
    "Don't call me before nine",
    "please don't call me right now",
    "don't call me at work",
    "llámeme más tarde",
    "hoy no",
    "no me llame hoy",
    "can you call back later",
)
DOUBTFUL = (
    "stop, wait, go on",
    "Stop. Wait. Go on.",
    "stop calling me, never mind",
    "stop, wait",
    "stop, can you repeat that?",
    "Stop calling. No, just kidding.",
    "Stop stop stop, wait",
)
OTHERWISE = (
    "I want to stop by your shop",
    "I'd like to stop by tomorrow",
    "stop recording",
    "please stop recording this call",
    "I want to cancel my order",
    "cancel the delivery please",
    "can you end the call",
    "where is the bus stop",
    "it's a non-stop flight",
    "I quit my job",
    "the end of the month",
    "My neighbour won't stop calling me",
    "he never stops calling",
    "you sent the wrong number of tents",
    "I gave you the wrong number",
    "I dialled the wrong number of digits",
    "don't call me Shirley",
    "they call me Bob",
    "I want to opt out of the extended warranty",
    "don't stop",
    "please don't stop",
    "I can't stop thinking about it",
    "stop talking so fast",
    "put a stop on my payment",
    "unsubscribed my brother from your newsletter? no",
    "remove the item from my cart",
    "take it off the bill",
    "can you take two off the price",
    "I want to report a broken tent",
    "my lawyer needs the invoice",
    "yes",
    "go ahead",
    "hello",
    "I'm not interested",
    "I don't want the red one",
    "I don't want to call him",
    "how can I contact you",
    "do you call before delivery",
    "Do I have to call again",
    "you don't have to call me back",
    "I will call you again",
    "no",
    "your call center is slow",
    "don't text and drive",
    "I don't need insurance",
    "We could stop at the hotel",
    "What number should I call",
    "the delivery did not come",
    "no quiero el rojo",
    "mi numero es nuevo",
    "quiero una llamada",
    "I will stop in later to pick it up",
    "full stop",
    "the tent has a stop",
    "Can you stop the delivery?",
    "I never opted out",
    "I did not unsubscribe from it",
    "Would you like to stop by?",
    "please don't hang up",
    "what is your wrong number policy",
    "Do not text me the code, email it",
)


@pytest.mark.parametrize("said", STOPS)
def test_they_want_no_more_calls(said: str) -> None:
    assert understood(said) == Understood(Wish.STOP)


@pytest.mark.parametrize("said", THREATS)
def test_who_threatens_is_not_called_again_and_somebody_reads_it(said: str) -> None:
    assert understood(said) == Understood(Wish.STOP, needs_review=True)


@pytest.mark.parametrize("said", LATER)
def test_another_time_is_no_end_of_calls(said: str) -> None:
    assert understood(said) == Understood(Wish.LATER)


@pytest.mark.parametrize("said", DOUBTFUL)
def test_who_is_in_doubt_is_asked(said: str) -> None:
    assert understood(said).wish is Wish.UNSURE


@pytest.mark.parametrize("said", OTHERWISE)
def test_what_is_about_something_else_stops_nothing(said: str) -> None:
    assert not understood(said).is_stop
    assert not understood(said, is_their_call=True).is_stop


@pytest.mark.parametrize("said", [*STOPS, *THREATS])
def test_callers_of_ours_are_understood_too_or_asked(said: str) -> None:
    assert understood(said, is_their_call=True).wish in (Wish.STOP, Wish.UNSURE)


@pytest.mark.parametrize(
    ("said", "wish"),
    [
        ("stop", Wish.STOP),
        ("Stop calling me", Wish.STOP),
        ("cancel", Wish.UNSURE),
        ("stop, can you repeat that", Wish.NOTHING),
        ("I dialled the wrong number, sorry", Wish.NOTHING),
        ("sorry, I have the wrong number", Wish.NOTHING),
    ],
)
def test_a_word_on_their_own_call_may_be_about_anything(said: str, wish: Wish) -> None:
    assert understood(said, is_their_call=True).wish is wish


@pytest.mark.parametrize("said", ["no", "No, go on", "no, you can call", "No, it's fine", "go ahead", "never mind"])
def test_a_plain_no_to_the_question(said: str) -> None:
    assert answer(said) is False


@pytest.mark.parametrize(
    "said", ["yes", "Yes, please.", "stop", "no more calls", "no, stop calling", "sí", "well, yes"]
)
def test_a_plain_yes_to_it(said: str) -> None:
    assert answer(said) is True


@pytest.mark.parametrize("said", ["", "what?", "hm", "uh, maybe", "I was asking about the tent"])
def test_anything_else_is_neither(said: str) -> None:
    assert answer(said) is None


@pytest.mark.parametrize(
    "piece", ["stop ", "i said ", "don't please ever ", "no me llame ", "a ", "\0", "¿", "é", "take me "]
)
def test_nobody_keeps_it_busy(piece: str) -> None:
    began = time.process_time()
    understood(piece * 20_000)
    assert time.process_time() - began < 0.5
