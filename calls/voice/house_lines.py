"""The few sentences of our own in a conversation, by language; what a language lacks is said in English."""

from calls.voice.plan import ConversationPlan

LINES: dict[str, dict[str, str]] = {
    "pt": {
        "still_there": "Você ainda está aí?",
        "giving_up": "Não consigo ouvir você, então vou encerrar a ligação. Até logo.",
        "goodbye": "Obrigado pela ligação. Até logo.",
        "length_warning": "Só para avisar: esta ligação pode durar mais um minuto.",
        "time_over": "Chegamos ao tempo máximo de uma ligação, então preciso encerrar aqui. Até logo.",
    },
    "es": {
        "still_there": "¿Sigue usted ahí?",
        "giving_up": "No le oigo, así que voy a terminar la llamada. Adiós.",
        "goodbye": "Gracias por llamar. Adiós.",
        "length_warning": "Solo para avisarle: esta llamada puede durar un minuto más.",
        "time_over": "Hemos llegado al tiempo máximo de una llamada, así que tengo que terminar aquí. Adiós.",
    },
}
_FIELDS = ("still_there", "giving_up", "goodbye", "length_warning", "time_over")


def lines(language: str) -> dict[str, str]:
    """Our sentences in a language, by the fields of the plan."""
    english = ConversationPlan()
    return {name: getattr(english, name) for name in _FIELDS} | LINES.get(language.partition("-")[0].lower(), {})
