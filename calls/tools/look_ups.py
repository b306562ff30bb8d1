"""Variables of a prompt that a server of the business has to be asked for: asked by us, once, when the caller is here.

Nobody waits for it: the assistant speaks meanwhile, and knows the answer from its next one on. What comes too late, or
not at all, is an empty variable.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

import structlog

from agents.models import HttpTool
from agents.models.http_tool import is_known_of_call
from agents.prompt_lint import LOOK_UP_S
from agents.prompt_text import parts_of_look_up
from calls.control import call_variables
from calls.models import Call, LookUp
from calls.tools.web import client, reading
from calls.tools.web.request import UnableToAsk, build, key_of

log = structlog.get_logger(__name__)


def fetch(*, call: Call, wanted: Collection[str], now: datetime) -> bool:
    """Ask each tool that has not been asked for this call, within the time for all of them; True when a value came.

    In a test call nobody is asked: what reaches beyond the page is not done there.
    """
    if call.is_test:
        return False
    until = time.monotonic() + LOOK_UP_S
    asked = set(LookUp.objects.filter(call=call).values_list("tool", flat=True))
    places: dict[str, list[str]] = defaultdict(list)
    for variable in wanted:
        name, place = parts_of_look_up(variable)
        places[name].append(place)
    is_news = False
    for name in places.keys() - asked:
        tool = HttpTool.active(name)
        if tool is None or tool.problem_as_look_up():
            continue
        values, trouble = _asked(tool, call, places[name], left_s=until - time.monotonic(), now=now)
        if trouble:
            log.warning("not looked up", tool=name, call=call.pk, why=trouble)
        LookUp.keep(call=call, tool=name, values=values, trouble=trouble, now=now)
        is_news = is_news or bool(values)
    return is_news


def _asked(
    tool: HttpTool, call: Call, places: Collection[str], *, left_s: float, now: datetime
) -> tuple[Mapping[str, str], str]:
    """The values that stood in the answer, and what was wrong, for people."""
    arguments = [name for name in tool.parameters.get("properties", {}) if is_known_of_call(name)]
    said = {name: value for name, value in call_variables.of(call, wanted=arguments).items() if value}
    missing = [name for name in tool.parameters.get("required", []) if name not in said]
    if missing:
        return {}, f"Not asked: “{missing[0]}” is not known of this caller."
    if left_s <= 0:
        return {}, "Not asked: the others had taken all the time there is."
    caller = call.customer_e164 if tool.sends_caller else ""
    key = key_of(call=call.pk, tool=tool.name, said=said)
    try:
        request = build(tool=tool, said=said, call=str(call.pk), caller=caller, key=key, now=now)
        reply = client.ask(request, timeout_s=min(tool.timeout_s, left_s))
    except UnableToAsk as problem:
        return {}, problem.trouble or str(problem)
    except client.Unanswered as problem:
        return {}, str(problem)
    return reading.values(reply, schema=tool.answer_schema, places=places)
