"""The program: `python -m benchmarks.media_bridge.generator`, with the words of the compiled one."""

import asyncio
import sys
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from benchmarks.media_bridge.generator.carrier import Call
from benchmarks.media_bridge.generator.counts import Counts
from benchmarks.media_bridge.generator.model import Session


class Generator:
    """Both far ends and their commands."""

    def __init__(self, words: list[str]) -> None:
        self._port, self._url = int(words[0]), f"ws://127.0.0.1:{words[1]}{words[2]}"
        self._signature, self._is_pcm, self._does_clear = words[3], words[4] == "pcm", words[5] == "clears"
        self._counts = Counts()
        self._calls: list[Call] = []
        self._sessions: set[Session] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve the model, then obey until told to quit."""
        quiet: dict[str, Any] = {"compression": None, "ping_interval": None, "max_size": None}
        async with serve(self._model, "127.0.0.1", self._port, **quiet) as server:
            print(f'{{"model_port":{next(iter(server.sockets)).getsockname()[1]}}}', flush=True)
            while line := await asyncio.to_thread(sys.stdin.readline):
                self._obey(line.split())

    async def _model(self, socket: ServerConnection) -> None:
        session = Session(socket, self._calls, self._counts, is_pcm=self._is_pcm, does_clear=self._does_clear)
        self._sessions.add(session)
        try:
            await session.run()
        finally:
            self._sessions.discard(session)

    def _obey(self, words: list[str]) -> None:
        match words:
            case ["add", call_sid, ticket]:
                self._add(call_sid, ticket)
                return
            case ["window"]:
                print(self._counts.tell_window(), flush=True)
                return
            case ["open"]:
                self._counts.open()
            case ["close"]:
                self._counts.close()
            case ["hang_up", count]:
                for call in [call for call in reversed(self._calls) if call.is_talking][: int(count)]:
                    call.stop()
            case ["end"]:
                for session in self._sessions:
                    session.is_ending = True
        open_ = sum(not call.is_over for call in self._calls)
        talking = sum(call.is_talking for call in self._calls)
        sockets = len(self._sessions)
        print(self._counts.tell_totals(talking=talking, carrier_sockets=open_, model_sockets=sockets), flush=True)

    def _add(self, call_sid: str, ticket: str) -> None:
        call = Call(len(self._calls) + 1, call_sid, ticket, self._counts, is_pcm=self._is_pcm)
        self._calls.append(call)
        self._counts.add("calls")
        task = asyncio.create_task(call.run(self._url, self._signature))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


if __name__ == "__main__":
    asyncio.run(Generator(sys.argv[1:]).run())
