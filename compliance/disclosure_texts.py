"""The texts of the disclosures, by language. `compliance.disclosures` says why they are as they are.

A language may have fewer texts than English; what it lacks is said in English.
"""

from enum import StrEnum


class Words(StrEnum):
    """What may have to be said about recording."""

    OPENING = "opening"
    QUESTION = "question"
    QUESTION_AGAIN = "question_again"
    AGREED = "agreed"
    UNRECORDED = "unrecorded"  # the caller did not agree, and the call goes on
    STOPPED = "stopped"  # the caller refuses in the middle of the call, and it goes on
    PARTING = "parting"  # the caller does not agree, and the call ends
    JOINED = "joined"  # somebody else is on the call now
    JOINED_QUESTION = "joined_question"  # and their place wants a yes
    TO_JOINER = "to_joiner"
    REMINDER = "reminder"
    OUTGOING_IDENTITY = "outgoing_identity"  # the words of calls that we place
    OUTGOING_OPT_OUT = "outgoing_opt_out"
    OUTGOING_RECORDED = "outgoing_recorded"
    OUTGOING_REFUSE = "outgoing_refuse"
    OUTGOING_QUESTION = "outgoing_question"
    OUTGOING_PURPOSE = "outgoing_purpose"
    OUTGOING_NOBODY = "outgoing_nobody"  # somebody answers, and we have nobody for them
    OUTGOING_MESSAGE = "outgoing_message"  # on a machine
    HUMAN_IDENTITY = "human_identity"  # one of us has dialled, and comes on the line


TEXTS: dict[str, dict[Words, str]] = {
    "en": {
        Words.OPENING: (
            "Hello, this is an AI assistant answering for {business}. This call is recorded and transcribed by our "
            "service provider. If you would rather not be recorded, please say so, or press star."
        ),
        Words.QUESTION: (
            "Hello, this is an AI assistant answering for {business}. May we record this call, and have it transcribed "
            "by our service provider? Please say yes, or press one. To go on without, say no, or press two."
        ),
        Words.QUESTION_AGAIN: (
            "Sorry, I did not get that. May we record this call? Please say yes, or press one. "
            "To go on without, say no, or press two."
        ),
        Words.AGREED: (
            "Thank you. This call is recorded and transcribed by our service provider. "
            "If you change your mind, please say so, or press star."
        ),
        Words.UNRECORDED: "All right, this call is not recorded.",
        Words.STOPPED: "All right, this call is no longer recorded.",
        Words.PARTING: "We are sorry, we cannot go on without recording the call. Thank you for calling. Goodbye.",
        Words.JOINED: (
            "This call is recorded and transcribed by our service provider. "
            "If you would rather not be recorded, please say so."
        ),
        Words.JOINED_QUESTION: (
            "We have paused the recording of this call. May we go on recording it, and have it transcribed by our "
            "service provider? Please say yes, or no."
        ),
        Words.TO_JOINER: "This call is recorded and transcribed.",
        Words.REMINDER: "This call is recorded.",
        Words.OUTGOING_IDENTITY: "Hello, this is an AI assistant calling for {business}.",
        Words.OUTGOING_OPT_OUT: "To stop these calls, press 9 or say stop.",
        Words.OUTGOING_RECORDED: "This call is recorded and transcribed by our provider.",
        Words.OUTGOING_REFUSE: "Press star if you would rather not be recorded.",
        Words.OUTGOING_QUESTION: (
            "May we record this call, and have it transcribed by our service provider? Please say yes, or press one. "
            "To go on without, say no, or press two."
        ),
        Words.OUTGOING_PURPOSE: "It is about {topic}.",
        Words.OUTGOING_NOBODY: (
            "We are sorry, nobody can speak with you at this moment. You can reach us on {number}. Goodbye."
        ),
        Words.OUTGOING_MESSAGE: (
            "Hello, this is an AI assistant calling for {business}. {message} You can reach us on {number}. To stop "
            "these calls, call that number and say stop. Goodbye."
        ),
        Words.HUMAN_IDENTITY: "Hello, a colleague of {business} is calling you. One moment, please.",
    },
    # Wishes and a yes are understood in English only as far as the words go, so these name the keys.
    "pt": {
        Words.OPENING: (
            "Olá, aqui é um assistente de inteligência artificial que atende pela {business}. Esta ligação é gravada e "
            "transcrita pelo nosso prestador de serviços. Se preferir não ser gravado, pressione a tecla estrela."
        ),
        Words.QUESTION: (
            "Olá, aqui é um assistente de inteligência artificial que atende pela {business}. Podemos gravar esta "
            "ligação, e transcrevê-la pelo nosso prestador de serviços? Para sim, pressione um. Para continuar sem "
            "gravação, pressione dois."
        ),
        Words.QUESTION_AGAIN: (
            "Desculpe, não entendi. Podemos gravar esta ligação? Para sim, pressione um. Para continuar sem gravação, "
            "pressione dois."
        ),
        Words.AGREED: (
            "Obrigado. Esta ligação é gravada e transcrita pelo nosso prestador de serviços. Se mudar de ideia, "
            "pressione a tecla estrela."
        ),
        Words.UNRECORDED: "Tudo bem, esta ligação não é gravada.",
        Words.STOPPED: "Tudo bem, esta ligação não é mais gravada.",
        Words.PARTING: "Lamentamos, não podemos continuar sem gravar a ligação. Obrigado por ligar. Até logo.",
        Words.TO_JOINER: "Esta ligação é gravada e transcrita.",
        Words.REMINDER: "Esta ligação é gravada.",
    },
}

# Before the tone of a voicemail: who it is, unless the number has words of its own, and what becomes of the message.
VOICEMAIL = {
    "en": (
        "You have reached {business}. Nobody can take your call right now.",
        (
            "Please leave a message after the tone. It is recorded, and transcribed by our service provider. When you "
            "are done, hang up or press any key."
        ),
    ),
}
