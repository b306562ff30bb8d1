"""Everything the model stand-in knows: its sessions, its script and its faults."""

import asyncio
import time
from typing import Any

from aiohttp import web

from sandbox.clock import Clock
from sandbox.model.faults import Faults
from sandbox.model.script import Script
from sandbox.model.session import Session
from sandbox.model.sip import SipSide
from sandbox.model.sip_session import SipSession

_ENDED_SESSIONS_KEPT = 40
"""Ended sessions keep their audio for a look back; in a demo that runs for days the oldest go."""


class ModelState:
    """The server's memory. `received_audio_bytes` and `last_traffic_s` let a stepped clock wait for the model."""

    def __init__(self, *, clock: Clock, api_key: str) -> None:
        self.clock = clock
        self.api_key = api_key
        self.script = Script()
        self.faults = Faults()
        self.sessions: dict[str, Session] = {}
        self.sip = SipSide(clock=clock, open_session=self.open_sip_session)
        self.text_answers: list[Any] = []
        """The newest questions to `/v1/responses`, oldest first."""
        self.carrying: set[asyncio.Task[None]] = set()
        """The tasks that carry frames for open sessions."""
        self.received_audio_bytes = 0
        """Audio bytes appended, over all sessions."""
        self.last_traffic_s = time.monotonic()
        """When anything but caller sound last crossed a socket, on the machine's monotonic clock."""

    def open_session(self, *, model: str) -> Session:
        """A new session, which its socket has to start."""
        session = Session(clock=self.clock, script=self.script, faults=self.faults, model=model)
        self.sessions[session.id] = session
        ended = [one for one in self.sessions.values() if one.closed_at_ms is not None]
        for old in ended[:-_ENDED_SESSIONS_KEPT]:
            del self.sessions[old.id]
        return session

    def open_sip_session(self, *, model: str) -> SipSession:
        """The session of a call by SIP: it lives with the call, whoever holds its control socket."""
        session = SipSession(clock=self.clock, script=self.script, faults=self.faults, model=model)
        self.sessions[session.id] = session
        return session

    def note_traffic(self) -> None:
        """Something other than caller sound crossed a socket just now."""
        self.last_traffic_s = time.monotonic()


STATE: web.AppKey[ModelState] = web.AppKey("model_state", ModelState)
