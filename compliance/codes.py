"""Every reason why a call is not placed, in the order in which the first one is named, with a sentence for a person.

Whoever adds a check adds its code here.
"""

from enum import StrEnum


class Code(StrEnum):
    """Why a call is not placed; in the order in which the first reason is named."""

    # Nothing more is asked after one of these.
    CHANNEL_UNSUPPORTED = "CHANNEL_UNSUPPORTED"
    NUMBER_INVALID = "NUMBER_INVALID"
    NUMBER_TYPE_BLOCKED = "NUMBER_TYPE_BLOCKED"
    COUNTRY_NOT_ALLOWED = "COUNTRY_NOT_ALLOWED"
    # No, and asking again will not help by itself.
    PROTECTED_LINE = "PROTECTED_LINE"
    NOT_IN_DIRECTORY = "NOT_IN_DIRECTORY"
    CALLER_ID_INVALID = "CALLER_ID_INVALID"
    WHATSAPP_SENDER_COUNTRY = "WHATSAPP_SENDER_COUNTRY"
    WHATSAPP_SENDER_OFF = "WHATSAPP_SENDER_OFF"
    WHATSAPP_NO_PSTN = "WHATSAPP_NO_PSTN"
    WHATSAPP_NO_GRANT = "WHATSAPP_NO_GRANT"
    INTERNAL_DNC = "INTERNAL_DNC"
    CONSENT_REVOKED = "CONSENT_REVOKED"
    NATIONAL_DNC = "NATIONAL_DNC"
    CONSENT_RECORD_INCOMPLETE = "CONSENT_RECORD_INCOMPLETE"
    CONSENT_SELLER_MISMATCH = "CONSENT_SELLER_MISMATCH"
    CONSENT_NUMBER_MISMATCH = "CONSENT_NUMBER_MISMATCH"
    CONSENT_WRITTEN_REQUIRED = "CONSENT_WRITTEN_REQUIRED"
    CONSENT_WRITTEN_REQUIRED_STATE = "CONSENT_WRITTEN_REQUIRED_STATE"
    CONSENT_EXPRESS_REQUIRED = "CONSENT_EXPRESS_REQUIRED"
    NUMBER_REASSIGNED = "NUMBER_REASSIGNED"
    STATE_AI_BLOCKED = "STATE_AI_BLOCKED"
    STATE_EBR_REQUIRED = "STATE_EBR_REQUIRED"
    ALREADY_DIALLED = "ALREADY_DIALLED"
    PURPOSE_NOT_PERMITTED = "PURPOSE_NOT_PERMITTED"
    UNDECIDED = "UNDECIDED"
    # Not now.
    KILL_SWITCH = "KILL_SWITCH"
    BUDGET_SPENT = "BUDGET_SPENT"
    CLOCK_DOUBTFUL = "CLOCK_DOUBTFUL"
    STATE_DISABLED = "STATE_DISABLED"
    DNC_SCRUB_STALE = "DNC_SCRUB_STALE"
    RND_CHECK_REQUIRED = "RND_CHECK_REQUIRED"
    STATE_EMERGENCY_SUSPENSION = "STATE_EMERGENCY_SUSPENSION"
    CAMPAIGN_ABANDON_RATE = "CAMPAIGN_ABANDON_RATE"
    ZONE_UNKNOWN = "ZONE_UNKNOWN"
    WHATSAPP_LIMIT = "WHATSAPP_LIMIT"
    FREQUENCY_CAP = "FREQUENCY_CAP"
    DAY_BARRED = "DAY_BARRED"
    QUIET_HOURS = "QUIET_HOURS"
    IN_FLIGHT = "IN_FLIGHT"
    NO_CAPACITY = "NO_CAPACITY"


ORDER = tuple(Code)
# From the switch on, a reason only puts the call off.
DEFERRED = frozenset(ORDER[ORDER.index(Code.KILL_SWITCH) :])
SENTENCES = {
    Code.CHANNEL_UNSUPPORTED: "This is not a telephone number, and calls do not go out to such addresses.",
    Code.NUMBER_INVALID: "This is not a complete telephone number, or not an address that can be rung.",
    Code.NUMBER_TYPE_BLOCKED: "Numbers of this kind (toll-free, premium, personal and the like) are not dialled.",
    Code.COUNTRY_NOT_ALLOWED: "Calls to this country are not allowed here.",
    Code.PROTECTED_LINE: "This line is never called: an emergency or care line, or somebody on a list of such lines.",
    Code.NOT_IN_DIRECTORY: "This number is not in the directory of staff and transfer destinations, or not allowed.",
    Code.CALLER_ID_INVALID: "The number that would be shown to the called party is not a number of ours for this call.",
    Code.WHATSAPP_SENDER_COUNTRY: "WhatsApp lets nobody call from this number's country, or to theirs.",
    Code.WHATSAPP_SENDER_OFF: "This WhatsApp sender is switched off for calls.",
    Code.WHATSAPP_NO_PSTN: "A WhatsApp call reaches browsers and SIP telephones only, never a telephone number.",
    Code.WHATSAPP_NO_GRANT: "They have not allowed us to call them by WhatsApp, or do not allow it any more.",
    Code.INTERNAL_DNC: "This number is on our own do-not-call list.",
    Code.CONSENT_REVOKED: "They have taken back their consent to such calls.",
    Code.NATIONAL_DNC: "This number is on a do-not-call registry, and nothing they signed or bought allows the call.",
    Code.CONSENT_RECORD_INCOMPLETE: "The record of their consent lacks something that the law asks for.",
    Code.CONSENT_SELLER_MISMATCH: "The record of their consent does not name the business on whose behalf we call.",
    Code.CONSENT_NUMBER_MISMATCH: "The record of their consent is for another number.",
    Code.CONSENT_WRITTEN_REQUIRED: "A sales call by an assistant needs signed consent, and there is none.",
    Code.CONSENT_WRITTEN_REQUIRED_STATE: "Their state asks for signed consent to such a sales call, and there is none.",
    Code.CONSENT_EXPRESS_REQUIRED: "A call by an assistant to this line needs their consent, and there is none.",
    Code.NUMBER_REASSIGNED: "The number has been given to somebody else since they agreed.",
    Code.STATE_AI_BLOCKED: "Sales calls by an assistant are blocked in their state until counsel has signed them off.",
    Code.STATE_EBR_REQUIRED: "Their state allows sales calls by an assistant only to customers, and this is none.",
    Code.ALREADY_DIALLED: "This has been dialled once already.",
    Code.PURPOSE_NOT_PERMITTED: "Calls for this purpose are not permitted like this.",
    Code.UNDECIDED: "The rules could not be evaluated, so the call is not placed.",
    Code.KILL_SWITCH: "Outgoing calls, or those of this campaign, are switched off at the moment.",
    Code.BUDGET_SPENT: "The money for such calls is spent until the budget’s time is over or somebody raises it.",
    Code.CLOCK_DOUBTFUL: "Our clocks disagree, so nobody can say what time it is there.",
    Code.STATE_DISABLED: "Calls to their state are switched off.",
    Code.DNC_SCRUB_STALE: "Our copy of a do-not-call registry is missing or too old.",
    Code.RND_CHECK_REQUIRED: "It must first be asked whether the number has been given to somebody else.",
    Code.STATE_EMERGENCY_SUSPENSION: "Sales calls to their state are suspended at the moment.",
    Code.CAMPAIGN_ABANDON_RATE: "Too many people who answered this campaign heard nobody in time.",
    Code.ZONE_UNKNOWN: "Nobody can say what time it is where they are.",
    Code.WHATSAPP_LIMIT: "WhatsApp allows no more calls to them at the moment.",
    Code.FREQUENCY_CAP: "They have been called as often as is allowed.",
    Code.DAY_BARRED: "Sales calls are not allowed where they are on this day.",
    Code.QUIET_HOURS: "It is too early or too late where they may be.",
    Code.IN_FLIGHT: "This number is being rung already, or is on a call with us.",
    Code.NO_CAPACITY: "Nobody would be free to speak if they answered.",
}
