"""The one error of the carrier's room."""


class CarrierError(Exception):
    """The carrier did not do what was asked. `is_permanent`: asking again will not help. `code` is Twilio's, or 0."""

    def __init__(self, message: str, *, is_permanent: bool, code: int = 0) -> None:
        super().__init__(message)
        self.is_permanent = is_permanent
        self.code = code
