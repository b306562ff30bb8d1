"""What is said and written to somebody who wants no more calls: one sentence, and nothing that sells."""

from enum import StrEnum


class Reply(StrEnum):
    """What may have to be said."""

    CONFIRMED = "confirmed"
    CONFIRMED_IN_ROOM = "confirmed_in_room"  # where a person of ours goes on
    NO_NUMBER = "no_number"  # they withhold it, so it cannot be listed
    QUESTION = "question"
    CONFIRMED_TEXT = "confirmed_text"
    START_TEXT = "start_text"


_TEXTS: dict[str, dict[Reply, str]] = {
    "en": {
        Reply.CONFIRMED: "All right, we will not call you again. Goodbye.",
        Reply.CONFIRMED_IN_ROOM: "This number has been taken off our lists, and we will not call it again.",
        Reply.NO_NUMBER: (
            "All right. Your number is not shown to us, so please leave it on our web page, and we will never call it. "
            "Goodbye."
        ),
        Reply.QUESTION: "Do you want us to stop calling you? Please say yes or no.",
        Reply.CONFIRMED_TEXT: "We have taken your number off our lists. You will get no more calls from us.",
        Reply.START_TEXT: (
            "Thank you. A message like this cannot change whether we may call you. "
            "To hear from us again, please tell us on our web page or by telephone."
        ),
    },
    "es": {
        Reply.CONFIRMED: "De acuerdo, no volveremos a llamarle. Adiós.",
        Reply.CONFIRMED_IN_ROOM: "Este número está fuera de nuestras listas y no volveremos a llamarlo.",
        Reply.NO_NUMBER: (
            "De acuerdo. No vemos su número, así que déjelo por favor en nuestra página web y no lo llamaremos nunca. "
            "Adiós."
        ),
        Reply.QUESTION: "¿Quiere que dejemos de llamarle? Diga sí o no, por favor.",
        Reply.CONFIRMED_TEXT: "Hemos quitado su número de nuestras listas. No recibirá más llamadas nuestras.",
        Reply.START_TEXT: (
            "Gracias. Un mensaje así no puede cambiar si podemos llamarle. "
            "Para volver a saber de nosotros, díganoslo en nuestra página web o por teléfono."
        ),
    },
    "fr": {
        Reply.CONFIRMED: "C'est entendu, nous ne vous appellerons plus. Au revoir.",
        Reply.CONFIRMED_IN_ROOM: "Ce numéro est retiré de nos listes et nous ne l'appellerons plus.",
        Reply.NO_NUMBER: (
            "C'est entendu. Votre numéro nous est caché : laissez-le sur notre page web et nous ne l'appellerons "
            "jamais. Au revoir."
        ),
        Reply.QUESTION: "Voulez-vous que nous cessions de vous appeler ? Dites oui ou non, s'il vous plaît.",
        Reply.CONFIRMED_TEXT: "Votre numéro est retiré de nos listes. Vous ne recevrez plus ni appels ni messages.",
        Reply.START_TEXT: (
            "Merci. Un tel message ne change pas le droit de vous appeler. "
            "Pour nous entendre à nouveau, dites-le sur notre page web ou par téléphone."
        ),
    },
    "de": {
        Reply.CONFIRMED: "In Ordnung, wir rufen Sie nicht mehr an. Auf Wiederhören.",
        Reply.CONFIRMED_IN_ROOM: "Diese Nummer ist von unseren Listen gestrichen und wird nicht mehr angerufen.",
        Reply.NO_NUMBER: (
            "In Ordnung. Ihre Nummer wird uns nicht angezeigt: Tragen Sie sie bitte auf unserer Webseite ein, dann "
            "rufen wir sie nie an. Auf Wiederhören."
        ),
        Reply.QUESTION: "Möchten Sie, dass wir Sie nicht mehr anrufen? Bitte sagen Sie ja oder nein.",
        Reply.CONFIRMED_TEXT: "Ihre Nummer ist von unseren Listen gestrichen. Sie erhalten keine Anrufe mehr von uns.",
        Reply.START_TEXT: (
            "Danke. Eine solche Nachricht ändert nicht, ob wir Sie anrufen dürfen. "
            "Sagen Sie es uns bitte auf unserer Webseite oder am Telefon."
        ),
    },
}


def reply(which: Reply, *, language: str = "en") -> str:
    """The text; a language without one of its own gets the English one."""
    base = language.split("-", maxsplit=1)[0].lower()
    return _TEXTS.get(base, _TEXTS["en"])[which]
