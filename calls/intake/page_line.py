"""A test call: one of us talks to a prompt version, draft or not, from a page. It is decided here, as any other call.

The page takes the carrier's place: its line is written down like a leg of the carrier's, under a name that no carrier
gives, and its ticket opens one socket, once, for the person who asked for it.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.core import signing
from django.db import transaction

from agents import prompts
from agents.models import PromptVersion
from calls.control import bridges
from calls.control.bridges import Place
from calls.lifecycle import CallFact, EndedReason, LegRole, LegStatus, page_sid
from calls.models import Call, Leg, Stream
from calls.models.stream import TICKET_LIFE
from compliance import audit
from compliance.redaction import PAGE

_SALT = "test call ticket"
# A person has one voice; the second is for whoever reloads a page before the first has noticed.
_AT_ONCE = 2


class UnableToBegin(Exception):
    """No test call can be held now; `str()` says why, for a person."""


@dataclass(frozen=True, slots=True)
class PageLine:
    """What a page needs to take the carrier's place in one call."""

    call: Call
    place: Place
    nonce: str
    call_sid: str
    stream_sid: str
    ticket: str

    @property
    def path(self) -> str:
        """The socket's address; it names the bridge at which the model is being made ready."""
        return f"/phone/{self.place.name}/" if self.place.name else "/phone/"


@dataclass(frozen=True, slots=True)
class PageTicket:
    """What a ticket that we signed says: whose it is, and for which stream."""

    nonce: str
    stream_sid: str
    person: int


def begin_test_call(*, version: PromptVersion, person: int, by: str, now: datetime) -> PageLine:
    """Write a test call and issue the ticket of its stream. `person` is who may use it. Raises UnableToBegin."""
    live = prompts.rendered(version)
    if not live.instructions.strip() and not version.stored_prompt_id:
        raise UnableToBegin("This prompt is empty: write something for the assistant to go by, and save it.")
    mine = Leg.objects.filter(direction=PAGE, from_address=by, ended_at=None, call__channel=Call.Channel.BROWSER)
    if mine.count() >= _AT_ONCE:
        raise UnableToBegin("You have a test call in another window. End it first.")
    try:
        place = bridges.choose(now=now)
    except bridges.NoRoom:
        raise UnableToBegin("We hold as many calls as we can at this moment. Try again later.") from None
    stream_sid, call_sid = f"MZ{secrets.token_hex(16)}", page_sid(secrets.token_hex(16))
    with transaction.atomic():
        call = Call.arrived(
            CallFact.CALL_RECEIVED,
            now=now,
            reason=EndedReason.UNKNOWN,
            known={"answer": "test call", "why": f"A test call of {by} to v{version.number}, {version.status}."},
            channel=Call.Channel.BROWSER,
            assistant=version.assistant,
            prompt_version=version,
            customer_address=PAGE,
            our_address=f"v{version.number}, {version.status}",
        )
        Leg.objects.create(
            call=call,
            role=LegRole.CUSTOMER,
            leg_sid=call_sid,
            direction=PAGE,
            from_address=by[:255],
            to_address=f"v{version.number}",
            status=LegStatus.RINGING,
            created_at=now,
        )
        nonce = secrets.token_urlsafe(24)
        stream = Stream.issue(call=call, nonce=nonce, now=now, bridge=place.name, is_first=True, door=Stream.Door.PAGE)
        audit.note(act="begin_test_call", subject=f"call:{call.pk}", by=by, now=now, prompt=version.pk)
    ticket = signing.dumps([stream.nonce, stream_sid, person], salt=_SALT)
    return PageLine(call, place, stream.nonce, call_sid, stream_sid, ticket)


def open_page_ticket(ticket: str) -> PageTicket | None:
    """A ticket that we signed a moment ago, opened; None when we did not."""
    try:
        nonce, stream_sid, person = signing.loads(ticket, salt=_SALT, max_age=TICKET_LIFE)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return PageTicket(str(nonce), str(stream_sid), int(person))
