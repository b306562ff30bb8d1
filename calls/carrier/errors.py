"""The one error of the carrier's room."""


class CarrierError(Exception):
    """The carrier did not do what was asked.

    `is_permanent`: asking again will not help. `may_be_done`: it may have done it all the same, its answer was lost.
    `code` is Twilio's, or 0.
    """

    def __init__(self, message: str, *, is_permanent: bool, code: int = 0, may_be_done: bool = False) -> None:
        super().__init__(message)
        self.is_permanent = is_permanent
        self.code = code
        self.may_be_done = may_be_done
