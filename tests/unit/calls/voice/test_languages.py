"""Another language in mid-call: heard from there on, with a voice of its own when it has one."""

from calls.voice import effects as e
from calls.voice import house_lines
from calls.voice import messages as m
from calls.voice.plan import say_exactly
from tests.unit.calls.voice.talk import Talk, mid_talk

LANGUAGES = {"en": "marin", "pt-BR": "coral"}


def switched(talk: Talk, arguments: str) -> Talk:
    talk.model(m.ResponseStarted("r2"), m.ToolCalled("r2", "call_1", "switch_language", arguments))
    return talk.model(m.ResponseEnded("r2", "completed", "", {}))


def test_the_line_is_told_and_the_assistant_goes_on() -> None:
    talk = switched(mid_talk(languages={"en": "", "pt-BR": ""}), '{"language": "pt-BR"}')
    assert talk.all(e.SpeakLanguage) == [e.SpeakLanguage("pt-BR", "")]
    assert "language_switched" in talk.noted()
    assert e.AnswerTool("call_1", "Go on in that language.") in talk.done
    talk.says("Claro, vamos.", 400, item="a3", response="r3").wait(2000)
    assert not talk.all(e.OpenSpare)


def test_a_voice_of_its_own_comes_with_another_session_in_the_next_pause() -> None:
    talk = switched(mid_talk(languages=LANGUAGES), '{"language": "pt-BR"}').wait(200)
    assert len(talk.all(e.OpenSpare)) == 1
    talk.says("Claro, vamos continuar em português.", 1000, item="a3", response="r3")
    talk.model(m.SpareReady(None)).wait(400)
    assert not talk.all(e.SwitchModel)
    talk.wait(1600)
    assert len(talk.all(e.SwitchModel)) == 1
    told = [effect.text for effect in talk.done if isinstance(effect, e.AddMessage) and effect.role == "assistant"]
    assert "Claro, vamos continuar em português." in told


def test_a_language_that_is_not_listed_is_no_language() -> None:
    for arguments in ('{"language": "fr"}', "[", "{}"):
        talk = switched(mid_talk(languages=LANGUAGES), arguments)
        assert not talk.all(e.SpeakLanguage)
        assert e.AnswerTool("call_1", "Languages: en, pt-BR. No other.") in talk.done


def test_what_we_say_ourselves_is_in_the_language_of_the_conversation() -> None:
    plan = {"languages": {"en": "", "pt-BR": ""}, "lines": {"pt-BR": house_lines.lines("pt-BR")}}
    talk = switched(mid_talk(prompt_after_ms=3000, **plan), '{"language": "pt-BR"}')
    talk.says("Claro.", 400, item="a3", response="r3").wait(4000)
    assert e.Respond(say_exactly("Você ainda está aí?")) in talk.done


def test_every_language_has_every_line_and_an_unknown_one_speaks_english() -> None:
    english = house_lines.lines("xx")
    assert all(set(lines) == set(english) for lines in house_lines.LINES.values())
    assert english["still_there"] == "Are you still there?"
