"""A wire between the product and one of its stores, which can be cut or made to swallow everything."""

import socket
import threading
from contextlib import suppress
from enum import Enum


class Wire(Enum):
    """How it behaves."""

    SOUND = "sound"
    CUT = "cut"  # what is open breaks, and nobody answers
    HANGING = "hanging"  # connections are taken, and nothing comes through


class Cable:
    """Listens on a port of its own and passes on to one address: a host and a port, or a socket file."""

    def __init__(self, there: tuple[str, int] | str) -> None:
        self._there = there
        self._state = Wire.SOUND
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()
        self._ear = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = int(self._ear.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True, name="cable").start()

    def become(self, state: Wire) -> None:
        """Behave like this from now on."""
        with self._changed:
            self._state = state
            if state is Wire.CUT:
                for end in self._open:
                    with suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)
            self._changed.notify_all()

    def close(self) -> None:
        """Take it away."""
        self.become(Wire.CUT)
        self._ear.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._ear.accept()
            except OSError:
                return
            if self._state is Wire.CUT:
                near.close()
            else:
                threading.Thread(target=self._serve, args=(near,), daemon=True, name="cable").start()

    def _serve(self, near: socket.socket) -> None:
        self._wait_while_hanging()
        far = socket.socket(socket.AF_UNIX if isinstance(self._there, str) else socket.AF_INET)
        try:
            far.connect(self._there)
        except OSError:
            near.close()
            far.close()
            return
        with self._changed:
            self._open |= {near, far}
        back = threading.Thread(target=self._pass_on, args=(far, near), daemon=True, name="cable")
        back.start()
        self._pass_on(near, far)
        back.join()
        with self._changed:
            self._open -= {near, far}
        near.close()
        far.close()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._wait_while_hanging()
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _wait_while_hanging(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._state is not Wire.HANGING)
