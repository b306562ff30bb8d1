"""What people say and write when they do not want to be called any more.

Any reasonable way counts (47 CFR 64.1200(a)(10)): the words that the rule names (stop, quit, end, revoke, opt out,
cancel, unsubscribe), and what people say instead of them. Who is in doubt is asked once, and silence is no retraction.
What is not caught here the assistant still hears, and has a tool for it. English and Spanish, and the plain wishes of
French, German and Portuguese.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from compliance.opt_out_sentences import CALL, DO_NOT, SAYS_STOP, THAT_TIME

LONGEST = 2000  # characters that are read: nobody needs more to say this


class Wish(StrEnum):
    """What is wanted."""

    NOTHING = "nothing"
    STOP = "stop"
    UNSURE = "unsure"  # ask once; without a clear answer it is a stop
    LATER = "later"  # another time, and no end of calls


@dataclass(frozen=True, slots=True)
class Understood:
    """What somebody wants; `needs_review`: somebody should read it, because they are angry or threaten.

    `is_bare`: a word such as "stop" and nothing more.
    """

    wish: Wish = Wish.NOTHING
    needs_review: bool = False
    is_bare: bool = field(default=False, compare=False)

    @property
    def is_stop(self) -> bool:
        """True when no more calls are wanted."""
        return self.wish is Wish.STOP


# --- a word that says it by itself ----------------------------------------------------------------------------------

# The whole of a clause, but for what is around it.
_BARE = (
    r"(?:stop ?all|stop (?:it|this|that)|quit it|stop|quit|end|revoke|cancel|unsubscribed?|opt ?out|stopp|alto|"
    r"basta ya|basta|paren?|parar|baja|cancelar|detener|arret|arretez|aufhoren|schluss)"
)
_AROUND = (
    r"(?:please|just|now|no|yes|yeah|ok|okay|hey|oh|well|so|and|um|uh|sir|ma'am|thanks|thank you|already|right now|"
    r"at once|immediately|i said|i say|i want to|i'd like to|i would like to|you (?:guys )?(?:need|have|got) to|"
    r"you must|you guys|(?:can|could|will|would) you(?: please)?|make (?:it|this|them)|i (?:want|need) (?:you|it|this) "
    r"to|let's|the|por favor|ya|bitte|s'il vous plait|stop)"
)
_BARE_CLAUSE = re.compile(rf"(?:{_AROUND} )*{_BARE}(?: {_AROUND})*")
_MERE_CLAUSE = re.compile(rf"{_AROUND}(?: {_AROUND})*")
_WRONG_NUMBER = re.compile(
    r"(?:(?:sorry|the|oh|um|no|sir|i'm afraid|it's a) )*wrong (?:number|person)(?: (?:sorry|sir|bye|pal))*"
)
_BEGINS_WITH_STOP = re.compile(
    rf"(?:{_AROUND} )*(?:stop|alto|basta)\b(?! (?:by|in|at|over|off|on|for|to|the|a|an|my|your|being|talking|speaking|"
    r"record\w*|asking|interrupt\w*|joking|payments?|lights?|signs?|watch\w*|laughing|working|selling|shipping|"
    r"sending|it from)\b)"
)
# The same on a call that they have placed: what they want to end may be something else.
_OF_MANY_THINGS = re.compile(rf"(?:{_AROUND} )*(?:end|cancel|cancelar|quit|baja|alto|paren?|parar)(?: {_AROUND})*")

# --- anger, doubt, and another time -----------------------------------------------------------------------------------

_THREATENS = re.compile(
    r"\b(?:report|sue|suing|reporting|prosecute) (?:you|y'all|your|this (?:number|call|company)|these calls)\b"
    r"|\b(?:lawsuit|legal action|cease and desist|small claims|class action)\b"
    r"|\b(?:hear(?:ing)? from|call(?:ing)?|talk(?:ing)? to|get(?:ting)?|contact(?:ing)?) (?:my|our|a) "
    r"(?:lawyer|attorney|solicitor)\b"
    r"|\bcomplain(?:t|ing)?(?: \w+){0,4}? (?:fcc|ftc|attorney general|better business bureau|bbb)\b"
    r"|\b(?:call|tell|report|contact)(?:ing)?(?: \w+){0,3}? (?:fcc|ftc|attorney general)\b"
    r"|\btcpa\b|\bthis (?:is|call is) (?:illegal|harassment|against the law)\b"
    r"|\byou(?:'re| are) (?:harassing|stalking)\b"
    r"|\b(?:los|les|te|lo|la) (?:voy|vamos) a (?:denunciar|demandar|reportar)\b|\b(?:denunciarlos|demandarlos)\b"
    r"|\bzeige (?:ich )?sie an\b|\bsie anzeigen\b|\bporter plainte\b"
)
_TAKES_BACK = re.compile(
    r"\b(?:go on|go ahead|continue|carry on|keep (?:going|talking)|never ?mind|just kidding|only joking|i'm kidding|"
    r"don't stop|do not stop|siga|sigue|olvidelo|adelante|estoy bromeando)\b"
)
_WAITS = re.compile(
    r"\b(?:wait|hold on|hang on|one (?:moment|second|sec)|just a (?:moment|second|sec)|espere|espera|un momento)\b"
)
_ANOTHER_TIME = re.compile(
    rf"\b{DO_NOT}(?: (?:\w+ )?want you to)?(?: \w+)? {CALL} (?:me|us|here){THAT_TIME}"
    r"|\bno me (?:llam[ea][ns]?|llames) (?:hoy|ahora|manana|antes|despues|tan)\b"
)
_LATER = re.compile(
    r"\b(?:call|try|phone|ring|reach)(?: (?:me|us|him|her|back|again))+(?: \w+)? (?:later|tomorrow|tonight|soon|"
    r"another (?:day|time)|next \w+|in (?:a|an|\w+) (?:bit|while|minutes?|hours?|days?)|some other time|"
    r"(?:after|before|at|around) \w+)\b"
    r"|\b(?:call|try) later\b|\bnot (?:today|now|right now|tonight|at the moment|a good time)\b"
    r"|\b(?:bad time|i'm (?:busy|driving|at work|in a meeting)|can't talk)\b"
    r"|\b(?:llam[ea][ns]?me|marqueme) (?:mas tarde|luego|manana|despues|otro dia|en)\b"
    r"|\b(?:hoy|ahora) no\b|\bmas tarde\b"
)
_NO = re.compile(
    r"^(?:no|nope|nah|not at all|of course not)\b(?!.*\b(?:more|calls?|stop)\b)"
    r"|\b(?:you can|you may|it's (?:ok|okay|fine)|that's fine|keep calling)\b"
)

_YES = re.compile(
    r"^(?:\w+ ){0,2}?(?:yes|yeah|yep|yup|sure|correct|right|exactly|absolutely|definitely|of course|please do|"
    r"that's right|i do|i would|si|claro|oui|ja|sim)\b"
)


def _plain(text: str) -> str:
    """In lower case, without accents and punctuation, one space between words."""
    flat = unicodedata.normalize("NFKD", text[:LONGEST].replace("’", "'").replace("`", "'").lower())
    letters = "".join(c for c in flat if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w']+", " ", letters).split())


def _parts(text: str, ends: str) -> list[str]:
    return [plain for part in re.split(ends, text[:LONGEST]) if (plain := _plain(part))]


def understood(text: str, *, is_their_call: bool = False) -> Understood:
    """What somebody who says or writes this wants of our calls.

    `is_their_call`: they have called us, and a single "cancel" may be about anything: then they are asked.
    """
    whole = _plain(text)
    threatens = _THREATENS.search(whole) is not None
    sentences = _parts(text, r"[.!?;\n¡¿]+")
    if threatens or any(SAYS_STOP.search(_ANOTHER_TIME.sub(" ", sentence)) for sentence in sentences):
        is_taken_back = _TAKES_BACK.search(whole) is not None and not threatens
        return Understood(Wish.UNSURE if is_taken_back else Wish.STOP, needs_review=threatens)
    clauses = _parts(text, r"[.!?;,:\n¡¿—–]+")
    if any(_WRONG_NUMBER.fullmatch(clause) for clause in clauses):
        return Understood(Wish.STOP)
    bare = [clause for clause in clauses if _BARE_CLAUSE.fullmatch(clause)]
    if bare:
        return Understood(_of_bare(bare, clauses, whole, is_their_call=is_their_call), is_bare=True)
    if _in_doubt(whole, is_their_call=is_their_call):
        return Understood(Wish.UNSURE)
    is_later = _LATER.search(whole) is not None or _ANOTHER_TIME.search(whole) is not None
    return Understood(Wish.LATER if is_later else Wish.NOTHING)


def _in_doubt(whole: str, *, is_their_call: bool) -> bool:
    """A wish that begins with a mere "stop", as it is written down where nobody hears the commas."""
    if not _BEGINS_WITH_STOP.match(whole):
        return False
    return not is_their_call or (_TAKES_BACK.search(whole) or _WAITS.search(whole)) is not None


def _of_bare(bare: list[str], clauses: list[str], whole: str, *, is_their_call: bool) -> Wish:
    if _TAKES_BACK.search(whole) or _WAITS.search(whole):
        return Wish.UNSURE
    if any(clause not in bare and not _MERE_CLAUSE.fullmatch(clause) for clause in clauses):
        # "stop, can you say that again?": it may be the talking that should stop
        return Wish.NOTHING if is_their_call else Wish.UNSURE
    if is_their_call and all(_OF_MANY_THINGS.fullmatch(clause) for clause in bare):
        return Wish.UNSURE
    return Wish.STOP


_SPANISH_WORDS = re.compile(
    r"\b(?:no me|no nos|llame[ns]?|llamar(?:me)?|llamadas|deje[ns]?|baja|basta|numero|lista|cancelar|parar|alto|"
    r"detener|por favor|gracias|quite[ns]?me|saque[ns]?me)\b"
)
_FRENCH_WORDS = re.compile(r"\b(?:arret\w*|appelez|votre|vos|desabonn\w*|desinscri\w*|s'il vous plait)\b")
_GERMAN_WORDS = re.compile(r"\b(?:sie|nicht|bitte|anrufe|nummer|stopp|aufhoren|schluss|keine)\b")


def language_of(text: str) -> str:
    """In which of the languages we know here somebody seems to write; English when it cannot be told."""
    plain = _plain(text)
    for language, words in (("es", _SPANISH_WORDS), ("fr", _FRENCH_WORDS), ("de", _GERMAN_WORDS)):
        if words.search(plain):
            return language
    return "en"


def answer(text: str) -> bool | None:
    """What somebody says who was asked whether we should stop calling: a plain yes or no, or (None) neither."""
    plain = _plain(text)
    if understood(text).is_stop:
        return True
    if _NO.search(plain) or _TAKES_BACK.search(plain):
        return False
    return True if _YES.search(plain) else None
