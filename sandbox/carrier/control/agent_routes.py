"""Who picks up when somebody is dialled: `/_sandbox/agents…`."""

from aiohttp import web

from sandbox.carrier import addresses, agents
from sandbox.carrier.agents import Agent
from sandbox.carrier.control import shapes
from sandbox.carrier.control.wire import PREFIX, Refused, read, text_of
from sandbox.carrier.rest.wire import CARRIER

AGENTS = web.AppKey("agents", dict[str, Agent])


def routes() -> list[web.RouteDef]:
    """The addresses for agents; an address in a path is percent-encoded."""
    return [
        web.get(PREFIX + "/agents", _list),
        web.put(PREFIX + "/agents/{address}", _register),
        web.delete(PREFIX + "/agents/{address}", _remove),
    ]


async def _list(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    known = [shapes.agent_persona_row(each) for each in request.app[AGENTS].values()]
    return web.json_response({"agents": shapes.agent_rows(carrier), "personas": known})


async def _register(request: web.Request) -> web.Response:
    carrier, who = request.app[CARRIER], _who(request)
    body = await read(request, "persona", *Agent.__dataclass_fields__)
    based_on, known = None, request.app[AGENTS]
    if "persona" in body:
        based_on = known.get(text_of(body, "persona"))
        if based_on is None:
            raise Refused(400, f"persona must be one of {', '.join(known)}")
    try:
        agent = agents.read({name: value for name, value in body.items() if name != "persona"}, based_on=based_on)
    except (ValueError, TypeError) as wrong:
        raise Refused(400, str(wrong)) from wrong
    carrier.agents[who] = agent
    carrier.announce()
    return web.json_response(shapes.agent_row(carrier, who, agent))


async def _remove(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    carrier.agents.pop(_who(request), None)
    carrier.announce()
    return web.Response(status=204)


def _who(request: web.Request) -> str:
    address = addresses.read(request.match_info["address"])
    if address is None:
        raise Refused(400, f"{request.match_info['address']!r} is no phone number, client:… or sip:…")
    return address.who
