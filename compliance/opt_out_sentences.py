"""Sentences that want no more calls, in the languages we know, as patterns over plain words.

Plain words are in lower case, without accents and punctuation, one space between them; `compliance.opt_out_words` makes
them, and decides what follows.
"""

import re

_CALLING = (
    r"(?:call|phon|ring|dial|contact|text|messag|bother|harass|pester|spam|robocall|solicit|disturb|annoy|e-?mail|"
    r"telephon)l?ing"
)
_CALLS = r"(?:(?:phone|sales|marketing|spam|unwanted) )?(?:robo ?)?(?:calls|texts|messages|telemarketing)"
CALL = r"(?:call|phone|ring|dial|contact|text|message|bother|disturb|solicit|telephone)"
_US = (
    r"(?:me|us|this (?:number|phone|line|house)|my (?:\w+ )?(?:number|phone|line|house|home|cell)|here|"
    r"our (?:number|house))"
)
DO_NOT = r"(?:don't|do not|dont|never|not)"
_NEVER = r"(?<!you )(?<!they )(?<!he )(?<!she )(?<!body )(?<!one )never"
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
THAT_TIME = (
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
    # don't call me, do not ever contact us again, I told you not to call; but not "you never call me back"
    (
        rf"(?<!why )(?<!\bi )(?<!\bwe )\b(?:don't|do not|dont|not|not to|{_NEVER})(?: to)?(?: you)?"
        rf"(?: (?:ever|please|dare))* {CALL}"
        rf"(?: {_US}{_NO_MORE}|(?: {_US})? (?:again|any ?more|ever|no more)\b|$| back$)"
    ),
    rf"\b(?:don't|do not) bother(?: with)? {_CALLING}\b",
    (
        r"\b(?:not allowed|no right|(?:don't|do not) have (?:my |any |the )?(?:permission|consent|right)) to "
        r"(?:call|contact|phone|text)\b"
    ),
    rf"\b(?:done with|tired of|sick of|fed up with|enough of|had it with)(?: all| of)* (?:these|your|the) {_CALLS}\b",
    r"\b(?:asked|told|telling) (?:you|you guys|you people) to stop(?: it| this)?$",
    r"\bkeep (?:on )?(?:calling|phoning|ringing)\b.* stop(?: it| this)?$",
    r"\bstop blowing up (?:my|our) phone\b",
    # I don't want any more calls, to be called, you to call me, to hear from you
    (
        rf"\b(?:{DO_NOT}|no longer) (?:want|wish|like|need|care)(?: for)?"
        r"(?: to (?:be|get|receive|have|hear|keep getting))?(?: \w+){0,3}? "
        rf"(?:{_CALLS}|to (?:call|contact|phone|text)|contacted|called|hear from you)(?: me| us)?{_NO_MORE}"
    ),
    (
        rf"\b{DO_NOT} (?:want to|wanna|ever want to) (?:ever )?(?:hear from|talk to|speak (?:to|with)|be called by) "
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
        r"\b(?:want|get|be|need|taken|removed|come)(?: \w+){0,2}? off (?:of )?(?:your|this|that|the|all)"
        r"(?: \w+){0,2}? lists?\b"
    ),
    (
        r"\b(?:be|get|want) (?:removed|deleted) from (?:your|this|the|all)(?: \w+){0,3}? "
        r"(?:lists?|database|records|system)\b"
    ),
    r"\bi(?:'d like| would like| want| need) to be (?:removed|taken off|deleted)$",
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
    r"\b(?:revoke|withdraw|rescind)(?: \w+){0,3}? (?:consent|permission|authori[sz]ation)\b",
    r"\b(?:take back|cancel) (?:\w+ )?(?:my|our|all) (?:\w+ )?(?:consent|permission|authori[sz]ation)\b",
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
    r"\bya no (?:me |nos )?(?:llam[ea][ns]?|llames|marque[ns]?|contacten?)\b",
    (
        r"\b(?:deje[ns]?|deja|dejad|paren?|dejes) de (?:estar |estarme )?"
        r"(?:llama|marca|molesta|contacta|manda|envia|acosa|escribi)"
    ),
    r"\bno (?:quiero|deseo|queremos)(?: recibir)?(?: mas| sus| estas)? (?:llamadas|mensajes)\b",
    (
        r"\bno (?:quiero|deseo|queremos) que (?:me|nos) (?:vuelv\w+ a |sigan? )?(?:llam|contact|molest|escrib)\w*"
        r"(?=$| (?:mas|por favor|nunca|gracias|otra vez|jamas)\b)"
    ),
    (
        r"\b(?:quite|quita|saque|saca|elimine|elimina|borre|borra|retire|remueva)[ns]?(?:me|nos)?"
        r"(?: (?:mi|este|nuestro) (?:numero|nombre|telefono))?(?: \w+)? (?:de|en) (?:su|la|sus|tu|esa|esta) "
        r"(?:\w+ )?(?:lista|base|registro|sistema)"
    ),
    r"\b(?:borre|elimine|quite|borra|elimina)[ns]? (?:mi|este) (?:numero|telefono)\b",
    r"\b(?:deme|denme|darme|demen) de baja\b|\bdar de baja (?:mi|este) (?:numero|telefono)\b",
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
SAYS_STOP = re.compile("|".join((*_ENGLISH, *_SPANISH, *_OTHERS)))
