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
# The same on a call that they have placed: what they want to end may be something else.
_OF_MANY_THINGS = re.compile(rf"(?:{_AROUND} )*(?:end|cancel|cancelar|quit|baja|alto|paren?|parar)(?: {_AROUND})*")

# --- sentences that say it ------------------------------------------------------------------------------------------

_CALLING = (
    r"(?:call|phon|ring|dial|contact|text|messag|bother|harass|pester|spam|robocall|solicit|disturb|annoy|e-?mail|"
    r"telephon)l?ing"
)
_CALLS = r"(?:(?:phone|sales|marketing|spam|unwanted) )?(?:robo ?)?(?:calls|texts|messages|telemarketing)"
_CALL = r"(?:call|phone|ring|dial|contact|text|message|bother|disturb|solicit|telephone)"
_US = (
    r"(?:me|us|this (?:number|phone|line|house)|my (?:\w+ )?(?:number|phone|line|house|home|cell)|here|"
    r"our (?:number|house))"
)
_DO_NOT = r"(?:don't|do not|dont|never|not)"
_LIST = r"(?:\w+ ){0,4}?(?:lists?|database|records|system|directory|call sheet|files?)"
_OUR_DATA = (
    r"(?:me|us|my (?:\w+ )?(?:name|number|phone|info\w*|data|details)(?: number)?|this (?:phone )?number|"
    r"our (?:name|number)|that number|the number)"
)
# After "call me": the wish ends here, or goes on to nothing that would make it another one.
_NO_MORE = (
    r"(?=$| (?:again|any ?more|ever|back|at all|no more|please|thanks|thank you|ok(?:ay)?|on (?:this|my)|"
    r"at (?:this|my|home)|about|regarding|for any|with|and|or|because|i|i'm|you|sir|ma'am|from|period|understand)\b)"
)
_THAT_TIME = (
    r"(?: back| again)?(?: (?:right )?(?:now|today|tonight|tomorrow|this (?:week|morning|evening|afternoon|month)|"
    r"early|late|before|after|until|till|between|during|while|when|on (?:sun|mon|tues|wednes|thurs|fri|satur)days?|"
    r"on (?:weekends?|holidays)|at (?:work|night|this (?:time|hour)|that time|the moment|\d+)|"
    r"(?:so|this) (?:early|late)|in the (?:morning|evening|night|afternoon))\b)"
)
_BRINGS_NO_CALLS = r"(?! (?:center|centre|forward|waiting|record))"
_OF_CALLS = (
    r"(?:all |any |the |your |these |those |this |future |further |receiving |getting |being )*"
    r"(?:phone |marketing |sales )?(?:call|text|messag|list|contact|market|everything|it\b|this|that\b|communicat|"
    r"solicit|robo)"
)

_ENGLISH = (
    # stop calling me; why won't you stop calling; but not of somebody else: "he won't stop calling"
    (
        r"(?<!won't )(?<!can't )(?<!cannot )(?<!not )(?<!never )(?<!didn't )(?<!doesn't )\b(?:stop|quit|cease|end)"
        rf"(?: \w+ly)?(?: with)?(?: all| these| those| the| your)* {_CALLING}\b"
    ),
    rf"\byou (?:won't|don't|never|didn't) (?:ever )?stop {_CALLING}\b",
    # stop these calls, no more calls, make the calls stop
    (
        r"\b(?:stop|end|quit|cease|block)(?: with| making| sending)?(?: me)?"
        rf"(?: all| these| those| the| your| any| of| further| future)+ {_CALLS}\b{_BRINGS_NO_CALLS}"
    ),
    rf"\b(?:stop|cease|quit|no more|no further)(?: making| sending)?(?: me)? {_CALLS}\b{_BRINGS_NO_CALLS}",
    rf"\b(?:make|want|need) (?:these|the|your|all|those) {_CALLS} (?:to )?(?:stop|end)\b",
    # don't call me, do not ever contact us again, I told you not to call
    (
        rf"\b(?:{_DO_NOT}|not to)(?: to)?(?: you)?(?: (?:ever|please|dare))* {_CALL}"
        rf"(?: {_US}{_NO_MORE}|(?: {_US})? (?:again|any ?more|ever|no more)\b|$)"
    ),
    # I don't want any more calls, to be called, you to call me, to hear from you
    (
        rf"\b(?:{_DO_NOT}|no longer) (?:want|wish|like|need|care)(?: for)?"
        r"(?: to (?:be|get|receive|have|hear|keep getting))?(?: \w+){0,3}? "
        rf"(?:{_CALLS}|to (?:call|contact|phone|text)|contacted|called|hear from you)(?: me| us)?{_NO_MORE}"
    ),
    (
        rf"\b{_DO_NOT} (?:want to|wanna|ever want to) (?:ever )?(?:hear from|talk to|speak (?:to|with)|be called by) "
        r"(?:you|you guys|your company|you people)\b(?! (?:today|now|right now|tonight|tomorrow|until|about))"
    ),
    (
        r"\b(?:rather|prefer)(?: you)? (?:not|didn't|don't|did not)(?: be)? (?:call|contact)(?:ed)?(?: me| us)?"
        r"(?: again| any ?more)?$"
    ),
    rf"\bno (?:more |further |future )?(?:{_CALLS}|calling)(?: please)?$",
    r"\b(?:no|don't|do not)(?: further| more)? contact(?: me| us)?(?: again| any ?more)?(?: please)?$",
    # take me off your list, remove my number, put me on your do not call list
    (
        r"\b(?:take|remove|delete|get|strike|cross|pull|drop|scratch|erase|keep|leave) "
        rf"{_OUR_DATA}(?: \w+)? (?:off|out|from)(?: of)? {_LIST}\b"
    ),
    (
        r"\b(?:take|remove|delete) (?:me|us|my (?:phone |cell |telephone )?number|this (?:phone )?number)(?: off)?"
        r"(?: please| now| immediately| completely)*$"
    ),
    r"\b(?:put|add|place|get)(?: \w+){1,4}? (?:on|to)(?: \w+){0,3} (?:do not|don't|dont|no) (?:call|contact)\b",
    (
        r"\b(?:i'm|i am|we're|we are|i've been|(?:my|this) (?:\w+ )?number(?:'s| is)?|it's|registered)(?: \w+){0,3}? "
        r"(?:on|with|in) (?:the|your|a)(?: \w+){0,3}? (?:do not|don't|dont|no) call\b"
    ),
    r"^(?:put me on the )?do not call(?: list)?(?: please)?$",
    # unsubscribe, opt out, revoke my consent
    r"(?<!not )(?<!never )\bunsubscribe\b(?! (?:from )?(?:my|his|her|their) )",
    rf"(?<!not )(?<!never )\bopt(?:ing)?(?: me| us)? ?out\b(?! of (?!{_OF_CALLS}))",
    (
        r"\b(?:revoke|withdraw|take back|rescind|cancel) (?:\w+ )?(?:my|our|any|all|the) (?:\w+ )?"
        r"(?:consent|permission|authori[sz]ation)\b"
    ),
    (
        r"\b(?:i|we) (?:never|did not|didn't) (?:give|gave|agreed?|consent|consented)(?: you)?(?: \w+)?(?: to)?"
        r"(?: \w+){0,2}? (?:consent|permission|to (?:be called|these calls|this call|calls)|call me)\b"
    ),
    # leave me alone, lose my number
    r"\bleave (?:me|us|my family) (?:alone|be|in peace)\b",
    r"\b(?:lose|forget|delete|erase) (?:my|this) (?:phone |cell )?number\b",
    # wrong number; but not the wrong number of tents, nor a number given or dialled wrongly
    (
        r"(?<!gave )(?<!give )(?<!told )(?<!sent )\b(?:you(?:'ve| have)?(?: got| called| dialed| dialled| reached)?|"
        r"this is|that's|it's|no) (?:the |a )?wrong (?:number|person|guy|house)\b(?! (?:of|on|for|in)\b)"
    ),
    r"^(?:sorry |the |oh |um |no )*wrong (?:number|person)\b(?! (?:of|on|for|in)\b)",
)
_SPANISH = (
    r"\bno (?:me|nos) (?:vuelv[ae][ns]?|vuelvas) a (?:llamar|marcar|contactar|molestar|escribir)\b",
    r"\bno (?:vuelv[ae][ns]?|vuelvas) a (?:llamar|marcar|contactar|molestar)(?:me|nos)?\b",
    (
        r"\bno (?:me|nos) (?:llam[ea][ns]?|llames|marqu?e[ns]?|contact[ea][ns]?|moleste[ns]?|escriba[ns]?)"
        r"(?: (?:mas|nunca|jamas|otra vez|de nuevo|por favor|aqui|a este numero))*"
        r"(?=$| (?:y|o|porque|que|senor\w*|gracias)\b)"
    ),
    r"\bno (?:llame[ns]?|llames) (?:mas|nunca|jamas|otra vez|a este|aqui)\b",
    r"\b(?:deje[ns]?|deja|dejad|paren?|dejes) de (?:llamar|marcar|molestar|contactar|mandar|enviar|acosar|escribir)",
    r"\bno (?:quiero|deseo|queremos)(?: recibir)?(?: mas| sus| estas)? (?:llamadas|mensajes)\b",
    (
        r"\bno (?:quiero|deseo|queremos) que (?:me|nos) (?:llam|contact|molest|escrib)\w*"
        r"(?=$| (?:mas|por favor|nunca|gracias|otra vez|jamas)\b)"
    ),
    (
        r"\b(?:quite|quita|saque|saca|elimine|elimina|borre|borra|retire|remueva)[ns]?(?:me|nos)?"
        r"(?: (?:mi|este|nuestro) (?:numero|nombre|telefono))?(?: \w+)? (?:de|en) (?:su|la|sus|tu|esa|esta) "
        r"(?:\w+ )?(?:lista|base|registro|sistema)"
    ),
    r"\b(?:borre|elimine|quite|borra|elimina)[ns]? (?:mi|este) (?:numero|telefono)\b",
    r"\b(?:de[nm]?e?me|darme|dar|den(?:me)?|deme) de baja\b",
    r"\b(?:numero equivocado|se equivoc\w+ de (?:numero|persona)|equivocad[oa]s? de numero)\b",
    r"\b(?:dejen?me|dejenos|dejennos) (?:en paz|tranquil[oa])\b",
    r"\b(?:retiro|revoco|cancelo) mi (?:consentimiento|permiso|autorizacion)\b",
)
_OTHERS = (
    r"\bne (?:m'appelez|me rappelez|m'appelle|me telephonez|nous appelez) plus\b",
    r"\barret(?:ez|er) de (?:m'|me |nous )?(?:appeler|telephoner|rappeler|contacter)",
    r"\b(?:me )?desabonn\w+\b|\bdesinscri\w+\b|\bretirez moi de (?:votre|vos)\b",
    r"\bruf(?:en|t)?(?: sie| ihr)?(?: mich| uns| hier)? ?(?:bitte )?(?:nie|nicht) (?:mehr|wieder)(?: an)?\b",
    r"\bkeine (?:weiteren )?(?:anrufe|werbeanrufe)(?: mehr)?\b|\bhor(?:en|t)? sie auf(?: \w+){0,2} anzurufen\b",
    r"\b(?:streichen|nehmen) sie (?:mich|meine nummer) (?:von|aus) (?:ihrer|der)\b|\bfalsch verbunden\b",
    r"\bnao me (?:ligue|ligues|liguem|telefone)m? mais\b|\bpar[ea]m? de me (?:ligar|telefonar)\b",
)
_SAYS_STOP = re.compile("|".join((*_ENGLISH, *_SPANISH, *_OTHERS)))

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
    rf"\b{_DO_NOT}(?: (?:\w+ )?want you to)?(?: \w+)? {_CALL} (?:me|us|here){_THAT_TIME}"
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
    if threatens or any(_SAYS_STOP.search(_ANOTHER_TIME.sub(" ", sentence)) for sentence in sentences):
        is_taken_back = _TAKES_BACK.search(whole) is not None and not threatens
        return Understood(Wish.UNSURE if is_taken_back else Wish.STOP, needs_review=threatens)
    clauses = _parts(text, r"[.!?;,:\n¡¿—–]+")
    bare = [clause for clause in clauses if _BARE_CLAUSE.fullmatch(clause)]
    if bare:
        return Understood(_of_bare(bare, clauses, whole, is_their_call=is_their_call), is_bare=True)
    is_later = _LATER.search(whole) is not None or _ANOTHER_TIME.search(whole) is not None
    return Understood(Wish.LATER if is_later else Wish.NOTHING)


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
