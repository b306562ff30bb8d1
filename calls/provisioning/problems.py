"""What did not come about, as a sentence for whoever wanted it."""

from calls.carrier.errors import CarrierError

# What the carrier says no with: https://www.twilio.com/docs/api/errors.
_SAID = {
    20003: "The carrier does not accept this account's key. Check TWILIO_ACCOUNT_SID and its token or API key.",
    20404: "The carrier has nothing of this kind (any more).",
    20429: "The carrier is asked too often at the moment. Try again in a few seconds.",
    21205: "The carrier does not accept our address. It must reach PUBLIC_URL from the internet.",
    21245: "The carrier does not take this domain: it is taken, or not written as it should be. Choose another.",
    21248: "The carrier does not take this domain: it is taken, or not written as it should be. Choose another.",
    21404: "A trial account of the carrier's may have no more numbers. Upgrade it, or give one back.",
    21421: "Somebody else has bought this number in the meantime. Nothing was bought: look for another.",
    21422: "Somebody else has bought this number in the meantime. Nothing was bought: look for another.",
    21450: "This number is verified already.",
    21452: "Somebody else has bought this number in the meantime. Nothing was bought: look for another.",
    21615: "The law wants a local address on file for this number. Add it in the carrier's console first.",
    21631: "The law wants an address on file for this number. Add it in the carrier's console first.",
    21649: "The law wants papers on file for this number, a “bundle”. Add it in the carrier's console first.",
}


class UnableTo(Exception):
    """It did not come about; `str()` says why, for a person.

    `may_be_done`: the carrier's answer was lost, and it may have come about all the same.
    """

    def __init__(self, sentence: str, *, may_be_done: bool = False) -> None:
        super().__init__(sentence)
        self.may_be_done = may_be_done


def sentence_of(error: CarrierError) -> str:
    """What the carrier's failure means for whoever asked."""
    if error.code in _SAID:
        return _SAID[error.code]
    if error.may_be_done:
        return "The carrier did not answer. It may have done it all the same: look again before you repeat it."
    if error.code:
        return f"The carrier said no (its code {error.code}). Nothing was changed."
    if error.is_permanent:
        return f"The carrier cannot be asked: {error}."
    return "The carrier was not reached. Nothing was changed: try again."


def unable(error: CarrierError) -> UnableTo:
    """The carrier's failure for whoever asked."""
    return UnableTo(sentence_of(error), may_be_done=error.may_be_done)
