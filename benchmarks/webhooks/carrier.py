"""The carrier of this measurement: signed requests at a fixed pace, or so many at once, and how long each took."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from benchmarks.product import Product

_CONNECTIONS = 128
_TALK_S = 0.5  # from the answer to the call's end


@dataclass(slots=True)
class Answers:
    """How long answers took, and how many were none."""

    took_ms: list[float] = field(default_factory=list)
    wrong: int = 0
    a_second: float = 0.0

    def quantile_ms(self, part: float) -> float:
        """The time that this part of the answers did not exceed."""
        took = sorted(self.took_ms)
        return took[min(len(took) - 1, int(part * len(took)))] if took else 0.0

    def told(self) -> dict[str, Any]:
        """For a file of results."""
        return {f"p{int(part * 100)}_ms": round(self.quantile_ms(part), 2) for part in (0.5, 0.95, 0.99)} | {
            "max_ms": round(max(self.took_ms, default=0.0), 2),
            "count": len(self.took_ms),
            "wrong": self.wrong,
        }


class Carrier:
    """Rings a product, and reports the end of every call that was answered."""

    def __init__(self, product: Product) -> None:
        self._product = product

    async def ring(self, *, count: int, rate: float = 0, at_once: int = _CONNECTIONS) -> tuple[Answers, Answers]:
        """So many calls, `rate` a second or, when that is 0, `at_once`; the answers to the calls and to their ends.

        A paced request is due at its moment whether or not those before it were answered, and is timed from there.
        """
        calls = [self._product.call() for _ in range(count)]
        signed = [
            (self._product.signed("/twilio/voice/", form), self._product.signed("/twilio/status/", _ended(form)))
            for form in calls
        ]
        voice, status = Answers(), Answers()
        room = asyncio.Semaphore(_CONNECTIONS if rate else at_once)
        async with ClientSession(
            base_url=self._product.origin, connector=TCPConnector(limit=_CONNECTIONS), timeout=ClientTimeout(30)
        ) as client:
            began = time.perf_counter()

            async def one(n: int) -> None:
                due = began + n / rate if rate else began
                await asyncio.sleep(due - time.perf_counter())
                async with room:
                    await _post(client, signed[n][0], voice, due if rate else time.perf_counter())
                if rate:
                    await asyncio.sleep(_TALK_S)
                async with room:
                    await _post(client, signed[n][1], status, time.perf_counter())

            await asyncio.gather(*(one(n) for n in range(count)))
            voice.a_second = round(count / (time.perf_counter() - began - (_TALK_S if rate else 0)), 1)
        return voice, status


def _ended(form: dict[str, str]) -> dict[str, str]:
    return form | {"CallStatus": "completed", "SequenceNumber": "3", "CallDuration": "1"}


async def _post(client: ClientSession, signed: tuple[str, str, str], answers: Answers, since: float) -> None:
    path, body, signature = signed
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    try:
        async with client.post(path, data=body, headers=headers) as answer:
            text = await answer.text()
            is_document = answer.status == 200 and "<Response" in text
            answers.wrong += not is_document or (path.endswith("/voice/") and "<Connect" not in text)
    except (ClientError, TimeoutError):
        answers.wrong += 1
    answers.took_ms.append((time.perf_counter() - since) * 1000)
