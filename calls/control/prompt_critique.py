"""A model's opinion of a prompt, asked once and waited for."""

from asgiref.sync import async_to_sync
from django.conf import settings

from agents import prompt_critique, prompts
from agents.models import PromptVersion
from agents.prompt_critique import Critique
from calls.realtime.responses_wire import TextModel
from calls.voice import effects as e
from calls.voice import relay_messages as r


class UnableToCritique(Exception):
    """There is no opinion; `str()` says why, for a person."""


def of(version: PromptVersion, *, wrong: str = "") -> Critique:
    """What the text model makes of a version, or of what goes `wrong` with it. Raises UnableToCritique."""
    if not settings.OPENAI_API_KEY:
        raise UnableToCritique("There is no model to ask: OPENAI_API_KEY is not set.")
    if not version.instructions.strip():
        raise UnableToCritique("There are no words here to look at: they are stored at OpenAI, or not written yet.")
    found = [one.words for one in prompts.findings(version)]
    asked = prompt_critique.question(version.instructions, found, wrong=wrong)
    try:
        return prompt_critique.read(async_to_sync(_answer)(asked))
    except prompt_critique.Unreadable as problem:
        raise UnableToCritique(str(problem)) from None


async def _answer(asked: str) -> str:
    from calls.realtime import responses  # the SDK comes with it, which takes a web process half a second at its start

    model = TextModel(
        settings.OPENAI_TEXT_MODEL, prompt_critique.INSTRUCTIONS, longest_tokens=prompt_critique.LONGEST_ANSWER_TOKENS
    )
    ask = r.Ask("critique", (e.AddMessage("user", asked),))
    words = []
    async for message in responses.answers(model, ask):
        if isinstance(message, r.Piece):
            words.append(message.text)
        elif isinstance(message, r.AnswerFailed):
            raise UnableToCritique(f"The model could not be asked ({message.code}). Try again later.")
    return "".join(words)
