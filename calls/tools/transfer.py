"""`transfer`: the caller is put through to a person."""

import time
from datetime import datetime

import structlog
from django.utils import timezone

from agents import directory
from calls.carrier.errors import CarrierError
from calls.control import page_lines, referring, transfer_driver, transfers
from calls.models import Call, Transfer
from calls.tools.answer import ToolAnswer

_LOOK_EVERY_S = 0.2

log = structlog.get_logger(__name__)


def run(*, call: Call, arguments: dict[str, str], now: datetime) -> ToolAnswer:
    """Send the caller to a queue or a person of the house. Who that is, is looked up here: a number is nobody."""
    found = directory.find(arguments.get("to", ""), default=call.assistant.queue if call.assistant else None)
    if found is None:
        names = ", ".join(directory.names()) or "nobody"
        return ToolAnswer(f"There is nobody of that name to put callers through to. Possible: {names}.", is_error=True)
    if referring.is_by_trunk(call):
        try:
            return ToolAnswer(
                referring.send_on(call=call, queue=found.queue, agent=found.agent, by="assistant", now=now)
            )
        except referring.UnableToRefer as problem:
            return ToolAnswer(f"{problem} Tell the caller, and offer to help or to call them back.", is_error=True)
    wish = transfers.Wish(
        to=transfers.To(queue=found.queue, agent=found.agent),
        reason=arguments.get("reason", ""),
        brief={"summary": arguments.get("summary", ""), "promised": arguments.get("promised", "")},
    )
    try:
        begun = transfers.start(call=call, wish=wish, source=Transfer.Source.ASSISTANT, by="assistant", now=now)
    except transfers.UnableToTransfer as problem:
        instead = "to help" if call.is_by_whatsapp else "to help or to call them back"
        return ToolAnswer(f"{problem} Tell the caller, and offer {instead}.", is_error=True)
    try:
        transfer_driver.drive(transfer_id=begun.pk, now=now)
    except CarrierError as error:  # it is driven again within seconds
        log.warning("transfer not driven at once", call=call.pk, error=str(error))
    if call.is_on_page() and not _has_come(begun):
        return ToolAnswer(f"{page_lines.NOT_REACHED} Tell the caller, and go on with the conversation.", is_error=True)
    return ToolAnswer("The caller is being put through. Say nothing more.")


def _has_come(begun: Transfer) -> bool:
    """Wait until the page of a test call is on its line at the carrier; False when it does not come.

    Until then the conversation is the assistant's, and its line tells the caller that something is being done.
    """
    until = time.monotonic() + page_lines.PATIENCE.total_seconds() + _LOOK_EVERY_S
    while begun.sent_at is None and begun.state == Transfer.State.OPEN and time.monotonic() < until:
        time.sleep(_LOOK_EVERY_S)
        begun.refresh_from_db(fields=["sent_at", "state"])
    if begun.sent_at is None:
        transfer_driver.drive(transfer_id=begun.pk, now=timezone.now())  # which takes the wish back by now
        begun.refresh_from_db(fields=["sent_at", "state"])
    return begun.sent_at is not None
