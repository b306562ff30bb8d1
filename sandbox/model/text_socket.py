"""POST /v1/responses: the request with its refusals, and its answer as server-sent events, or whole."""

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.model import reviewer, text_request
from sandbox.model.refusal import Refused
from sandbox.model.script import Reply
from sandbox.model.socket import error_response, refuse_key
from sandbox.model.state import STATE, ModelState
from sandbox.model.text_answer import TextAnswer

_KEPT = 200

routes = web.RouteTableDef()


@dataclass(slots=True)
class TextLog:
    """One question and what became of it, for whoever looks behind the scenes."""

    id: str
    at_ms: float
    request: dict[str, Any]
    status: str = "in_progress"  # completed, failed, cancelled (the client went), broken (we did)
    events: list[str] = field(default_factory=list)
    text: str = ""


@routes.post("/v1/responses")
async def responses(request: web.Request) -> web.StreamResponse:
    """One answer."""
    state = request.app[STATE]
    state.note_traffic()
    if state.faults.use_up("refuse_connects"):
        status, error_type, code, message = state.faults.refusal()
        return error_response(status, message, code=code, error_type=error_type)
    if (refusal := refuse_key(request, state)) is not None:
        return refusal
    try:
        body = json.loads(await request.text())
        items = text_request.check(body)
    except json.JSONDecodeError:
        return error_response(400, "We could not parse the JSON body of your request.", code=None)
    except Refused as refused:
        return error_response(400, refused.message, code=refused.code or None, param=refused.param)
    if body["model"] not in text_request.MODELS:
        message = f"The requested model '{body['model']}' does not exist."
        return error_response(400, message, code="model_not_found", param="model")
    opinion = reviewer.opinion(body, items)
    reply = state.script.answer(text_request.prompt(body, items)) if opinion is None else Reply(says=opinion)
    answer = TextAnswer(clock=state.clock, faults=state.faults, body=body, items=items, reply=reply)
    log = TextLog(answer.id, state.clock.now_ms(), body)
    state.text_answers.append(log)
    del state.text_answers[:-_KEPT]
    if not body.get("stream"):
        async for event in answer.events():
            log.events.append(event["type"])
        log.status = answer.status
        return web.json_response(answer.view())
    return await _stream(request, state, answer, log)


async def _stream(request: web.Request, state: ModelState, answer: TextAnswer, log: TextLog) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    await response.prepare(request)
    try:
        async for event in answer.events():
            state.note_traffic()
            log.events.append(event["type"])
            log.text += event.get("delta", "") if event["type"] == "response.output_text.delta" else ""
            await response.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
        await response.write_eof()
        log.status = answer.status
    except ConnectionAbortedError:
        log.status = "broken"
        if request.transport is not None:
            request.transport.abort()
    except ConnectionError:
        log.status = "cancelled"
    finally:  # a client that goes may end this handler as well
        if log.status == "in_progress":
            log.status = "cancelled"
        state.note_traffic()
    return response
