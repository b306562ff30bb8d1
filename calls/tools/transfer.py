"""`transfer`: the caller is put through to a person."""

from datetime import datetime

import structlog

from agents import directory
from calls.carrier.errors import CarrierError
from calls.control import referring, transfer_driver, transfers
from calls.models import Call, Transfer
from calls.tools.answer import ToolAnswer

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
    return ToolAnswer("The caller is being put through. Say nothing more.")
