"""`set_disposition`: what the call was worth, in the words of the business."""

from datetime import datetime

from agents.models import Disposition
from calls.models import Call, CallResult
from calls.tools.answer import ToolAnswer


def run(*, call: Call, arguments: dict[str, str], now: datetime) -> ToolAnswer:
    """Put down the result, which must be one there is."""
    found = Disposition.objects.filter(code=arguments.get("code", "").strip(), is_active=True).first()
    if found is None:
        codes = ", ".join(Disposition.objects.filter(is_active=True).order_by("code").values_list("code", flat=True))
        return ToolAnswer(f"There is no such result. Possible: {codes or 'none'}.", is_error=True)
    note = arguments.get("note", "").strip() if call.are_words_kept else ""
    CallResult.put_down(call=call, disposition=found, note=note, now=now)
    return ToolAnswer("Put down. Say nothing of it.")
