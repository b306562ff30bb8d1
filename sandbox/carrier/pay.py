"""`<Pay>`: the caller keys in a card, piece by piece, and the application learns only how it went.

The digits live here, in the memory of one verb, and go to nobody: the ledger and the `action` get the card's last four,
as with the real carrier. But nothing hides the tones: they are on the line while they are keyed in, so a recording that
runs has them. (Whether the real carrier mutes them there is not documented.)
https://www.twilio.com/docs/voice/twiml/pay
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from decimal import Decimal, InvalidOperation

from sandbox.audio import FRAME_MS
from sandbox.carrier import cards, farewells
from sandbox.carrier.cards import Piece
from sandbox.carrier.documents import Document
from sandbox.carrier.keypad import Keypad
from sandbox.carrier.state import Call, Carrier, FetchDocument
from sandbox.carrier.twiml import Element

_PROCESSING = Piece("payment-processing", "Thank you. One moment, please.", "")
_CONNECTOR_ANSWERS_AFTER_MS = 1_000
_LARGEST_CHARGE = 1_000_000
INVALID_AMOUNT, INVALID_CONNECTOR = 64003, 64004

Params = tuple[tuple[str, str], ...]
Perform = Callable[[Element], Awaitable[None]]
Say = Callable[[str], Awaitable[None]]


async def run(
    carrier: Carrier, *, call: Call, verb: Element, document: Document, perform: Perform, say: Say
) -> FetchDocument | None:
    """Take a payment. `perform` runs a verb of a `<Prompt>`, `say` speaks a default question."""
    action = document.resolve(verb.get("action") or document.url)
    method = verb.get("method", "POST")
    if problem := _problem_with(carrier, verb):
        code, sentence = problem
        carrier.ledger.add("error", call_sid=call.sid, code=code, message=f"<Pay>: {sentence}")
        failure = (("Result", "validation-error"), ("PayErrorCode", str(code)), ("PaymentError", sentence))
        return FetchDocument(action, method, failure)
    payment = _Payment(carrier, verb, perform, say)
    try:
        with Keypad(call) as keypad:
            outcome = await payment.take(keypad)
    except asyncio.CancelledError:
        farewells.send(carrier, call=call, source=FetchDocument(action, method, (("Result", "caller-hung-up"),)))
        raise
    return FetchDocument(action, method, outcome)


def _problem_with(carrier: Carrier, verb: Element) -> tuple[int, str] | None:
    try:
        amount = Decimal(verb.get("chargeAmount", "0"))
        is_amount = 0 <= amount < _LARGEST_CHARGE and amount == round(amount, 2)
    except InvalidOperation:
        is_amount = False
    if not is_amount:
        return INVALID_AMOUNT, f"the charge amount {verb.get('chargeAmount')!r} is invalid"
    if verb.get("paymentConnector") not in carrier.connectors:
        return INVALID_CONNECTOR, f"there is no payment connector {verb.get('paymentConnector')!r}"
    return None


class _Interrupted(Exception):
    """The caller pressed the star."""


class _Payment:
    """One payment: its questions, the digits, and what the connector says of them."""

    def __init__(self, carrier: Carrier, verb: Element, perform: Perform, say: Say) -> None:
        self._carrier, self._verb, self._perform, self._say = carrier, verb, perform, say
        self._timeout_ms = int(verb.get("timeout", "5")) * 1000
        self._rules = cards.Rules(
            card_types=tuple(verb.get("validCardTypes", "visa mastercard amex").split()),
            least_postal_code=int(verb.get("minPostalCodeLength", "0")),
            today=carrier.clock.date().date(),
        )
        self._digits: dict[str, str] = {}

    async def take(self, keypad: Keypad) -> Params:
        """Ask for every piece; answers the parameters of the `action`."""
        try:
            for piece in self._wanted():
                if not await self._ask(keypad, piece):
                    return (("Result", "too-many-failed-attempts"), *self._told())
        except _Interrupted:
            return (("Result", "caller-interrupted-with-star"), *self._told())
        await self._pose(_PROCESSING, attempt=1, error="")
        await self._carrier.clock.sleep(_CONNECTOR_ANSWERS_AFTER_MS)
        return (*self._settle(), *self._told())

    def _wanted(self) -> tuple[Piece, ...]:
        given = self._verb.get("postalCode", "true")
        return (
            cards.NUMBER,
            cards.EXPIRY,
            *((cards.CODE,) if self._verb.get("securityCode", "true") == "true" else ()),
            *((cards.POSTAL_CODE,) if given == "true" else ()),
        )

    async def _ask(self, keypad: Keypad, piece: Piece) -> bool:
        """Ask until it is right, or was wrong too often."""
        error = ""
        for attempt in range(1, int(self._verb.get("maxAttempts", "3")) + 1):
            asking = asyncio.create_task(self._pose(piece, attempt=attempt, error=error))
            try:
                digits = await self._collect(keypad, piece, asking)
            finally:
                asking.cancel()
                await asyncio.wait({asking})
            error = self._rules.error_in(piece, digits, self._digits.get(cards.NUMBER.name, ""))
            if not error:
                self._digits[piece.name] = digits
                return True
        return False

    async def _pose(self, piece: Piece, *, attempt: int, error: str) -> None:
        """The document's own prompt for this moment, or the ordinary question."""
        kind = cards.type_of(self._digits.get(cards.NUMBER.name, ""))
        moment = {"for": piece.name, "attempt": str(attempt), "errorType": error, "cardType": kind}
        prompts = [
            prompt
            for prompt in self._verb.children
            if prompt.name == "Prompt"
            and all(moment[name] in value.split() for name, value in prompt.attributes.items())
        ]
        if not prompts:
            await self._say(f"This was not valid. {piece.question}" if error else piece.question)
            return
        for verb in max(prompts, key=lambda prompt: len(prompt.attributes)).children:  # the most particular one
            await self._perform(verb)

    async def _collect(self, keypad: Keypad, piece: Piece, asking: "asyncio.Task[None]") -> str:
        """What is keyed in for one piece: up to the finishing key, its length, or the timeout after the last key."""
        clock, digits = self._carrier.clock, ""
        since_ms = clock.now_ms()
        while clock.now_ms() - since_ms < self._timeout_ms:
            await clock.sleep(FRAME_MS)
            if not asking.done():
                since_ms = clock.now_ms()
            elif not asking.cancelled():
                asking.result()
            for key in keypad.take():
                asking.cancel()
                since_ms = clock.now_ms()
                if key == "*":
                    raise _Interrupted
                if key != "#":
                    digits += key
                elif digits:  # one that comes first finished the piece before, which needed none
                    return digits
                number = digits if piece is cards.NUMBER else self._digits[cards.NUMBER.name]
                if len(digits) >= self._rules.complete_at(piece, number):
                    return digits
        return digits

    def _settle(self) -> Params:
        refusal = self._carrier.connectors[self._verb.get("paymentConnector")]
        if refusal:
            return (("Result", "payment-connector-error"), ("PaymentError", refusal), ("ConnectorError", refusal))
        if Decimal(self._verb.get("chargeAmount", "0")):  # who is charged gets no token
            return (("Result", "success"), ("PaymentConfirmationCode", "ch_" + secrets.token_hex(12)))
        token = ("PaymentToken", "tok_" + secrets.token_hex(12))
        return (("Result", "success"), token, ("ProfileId", "cus_" + secrets.token_hex(7)))

    def _told(self) -> Params:
        """What the application learns of the pieces."""
        number = self._digits.get(cards.NUMBER.name, "")
        pieces = (
            ("PaymentCardNumber", cards.masked(number) if number else ""),
            ("PaymentCardType", cards.type_of(number)),
            ("ExpirationDate", self._digits.get(cards.EXPIRY.name, "")),
            ("SecurityCode", "x" * len(self._digits.get(cards.CODE.name, ""))),
            ("PaymentCardPostalCode", self._postal_code()),
        )
        method = ("PaymentMethod", self._verb.get("paymentMethod", "credit-card"))
        return (method, *(pair for pair in pieces if pair[1]))

    def _postal_code(self) -> str:
        given = self._verb.get("postalCode", "true")
        return self._digits.get(cards.POSTAL_CODE.name, "") if given in ("true", "false") else given
