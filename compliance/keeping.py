"""How long each kind of data is kept unless somebody says otherwise, as a table with its reasons."""

from dataclasses import dataclass
from enum import StrEnum

_YEAR = 365
# 47 CFR 64.1200(d)(6) and 16 CFR 310.5: five years, with the leap days in them.
_FIVE_YEARS = 5 * _YEAR + 2

# Area codes of Virginia, where opt-outs are kept longer.
VIRGINIA = ("276", "434", "540", "571", "686", "703", "757", "804", "826", "948")


class DataClass(StrEnum):
    """A kind of data with a time of its own."""

    AUDIO = "audio"
    TRANSCRIPT = "transcript"
    CONTACT_FILES = "contact_files"
    PACKETS = "packets"
    CALL_DETAIL = "call_detail"
    CONTACTS = "contacts"
    CONSENTS = "consents"
    REVOCATIONS_VA = "revocations_va"
    REVOCATIONS = "revocations"
    WHATSAPP = "whatsapp"
    DECISIONS = "decisions"
    SUPPRESSION = "suppression"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Kept:
    """One line of the table. `days` None: for ever; `least`: nobody can make it shorter."""

    words: str
    days: int | None
    why: str
    least: int = 1


# In the order in which they are cleared: what hangs on something else goes before it.
DEFAULTS: dict[DataClass, Kept] = {
    DataClass.AUDIO: Kept("recordings, also at the carrier", 90, "No longer than it is listened to."),
    DataClass.TRANSCRIPT: Kept("words of calls", 180, "No longer than it is worked with."),
    DataClass.CONTACT_FILES: Kept("uploaded files of contacts", 30, "Their rows are contacts by then."),
    DataClass.PACKETS: Kept("dispute packets and exports", 7, "They can be made again."),
    DataClass.CALL_DETAIL: Kept(
        "calls and what happened on them", _FIVE_YEARS, "16 CFR 310.5: five years.", _FIVE_YEARS
    ),
    DataClass.CONTACTS: Kept(
        "contacts of campaigns, tried or not", _FIVE_YEARS, "As long as their calls.", _FIVE_YEARS
    ),
    DataClass.CONSENTS: Kept(
        "consents and their proof, after the last call", _FIVE_YEARS, "16 CFR 310.5(a)(8): five years.", _FIVE_YEARS
    ),
    DataClass.REVOCATIONS_VA: Kept(
        "opt-outs of numbers in Virginia", 10 * _YEAR + 3, "Va. Code 59.1-510 ff.: ten years.", 10 * _YEAR + 3
    ),
    DataClass.REVOCATIONS: Kept(
        "opt-outs, as they were said", _FIVE_YEARS, "47 CFR 64.1200(d)(6): honoured for five years.", _FIVE_YEARS
    ),
    DataClass.WHATSAPP: Kept(
        "what people allowed by WhatsApp, after the last call", _FIVE_YEARS, "As long as what leans on it.", _FIVE_YEARS
    ),
    DataClass.DECISIONS: Kept("decisions of the gate", _FIVE_YEARS, "16 CFR 310.5: five years.", _FIVE_YEARS),
    DataClass.SUPPRESSION: Kept("our own do-not-call list", None, "Whoever said no is not called again."),
    DataClass.AUDIT: Kept("who did what", 6 * _YEAR + 2, "45 CFR 164.316(b)(2): six years.", 6 * _YEAR + 2),
}
