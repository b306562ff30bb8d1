"""`python -m sandbox`: start the carrier, the model and a business, print where they are, run until told to stop.

The printed lines are the environment an application needs to talk to them; `READY` comes last.
"""

import argparse
import asyncio
import datetime as dt
import secrets
import signal
import socket
import sys
import tempfile
from pathlib import Path

from aiohttp import web

from sandbox.business import app as business_app
from sandbox.carrier import agents
from sandbox.carrier import app as carrier_app
from sandbox.carrier.twiml_schema import E164
from sandbox.clock import Clock
from sandbox.model import app as model_app

_STOP_WITHIN_S = 0.15  # open requests and sockets get this long before they are cut


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__, allow_abbrev=False)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--carrier-port", type=int, default=8001, help="0 = any free port")
    parser.add_argument("--model-port", type=int, default=8002, help="0 = any free port")
    parser.add_argument("--business-port", type=int, help="0 = any free port (default: the one after the model's)")
    parser.add_argument("--account-sid", default="AC" + secrets.token_hex(16))
    parser.add_argument("--auth-token", default=secrets.token_hex(16))
    parser.add_argument("--rest-key", default=_a_rest_key(), metavar="SK…:SECRET", help="a carrier API key")
    parser.add_argument("--api-key", default="sk-" + secrets.token_hex(16), help="the key of the model")
    parser.add_argument("--model-webhook", default="", metavar="URL", help="where the model tells of calls by SIP")
    parser.add_argument("--webhook-secret", default="", metavar="whsec_…", help="what its webhooks are signed with")
    parser.add_argument("--numbers", type=_numbers, default=["+14155550100", "+14155550101"])
    parser.add_argument("--traffic", type=int, default=0, metavar="N", help="keep N simulated customers on the line")
    parser.add_argument(
        "--agents", type=_agents, default={}, metavar="ADDRESS=NAME,…", help="who picks up where, of sandbox/agents"
    )
    parser.add_argument("--clock", choices=("real", "stepped"), default="real")
    parser.add_argument("--var", type=Path, help="recordings and the ledger go here (default: a temporary folder)")
    return parser.parse_args(argv)


def _a_rest_key() -> str:
    return f"SK{secrets.token_hex(16)}:{secrets.token_hex(16)}"


def _numbers(text: str) -> list[str]:
    numbers = [part.strip() for part in text.split(",")]
    wrong = [number for number in numbers if not E164.fullmatch(number)]
    if wrong:
        raise argparse.ArgumentTypeError(f"not a number in E.164 form: {', '.join(wrong)}")
    return numbers


def _agents(text: str) -> dict[str, str]:
    pairs = dict(part.strip().split("=", 1) for part in text.split(",") if "=" in part)
    known = agents.everybody()
    wrong = [name for name in pairs.values() if name not in known]
    if wrong or not pairs:
        raise argparse.ArgumentTypeError(f"not ADDRESS=NAME with a name of {', '.join(known)}: {text}")
    return pairs


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port))
    except OSError as taken:
        sys.exit(f"cannot listen on {host}:{port}: {taken.strerror}")


async def _run(options: argparse.Namespace, var_dir: Path) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    clock = Clock(stepped=options.clock == "stepped")
    after_model = options.model_port + 1 if options.model_port else 0
    business_port = after_model if options.business_port is None else options.business_port
    sockets = [_listen(options.host, port) for port in (options.carrier_port, options.model_port, business_port)]
    places = [f"{options.host}:{each.getsockname()[1]}" for each in sockets]
    carrier_url, model_url, business_url = (f"http://{place}" for place in places)
    business = business_app.make_app(today=dt.datetime.now(dt.UTC).date())
    model = model_app.make_app(clock=clock, api_key=options.api_key)
    sip = model[model_app.STATE].sip
    sip.webhooks.url = options.model_webhook
    sip.webhooks.secret = options.webhook_secret or sip.webhooks.secret
    key, _, secret = options.rest_key.partition(":")
    carrier = carrier_app.make_app(
        clock=clock,
        account_sid=options.account_sid,
        auth_token=options.auth_token,
        numbers=options.numbers,
        var_dir=var_dir,
        base_url=carrier_url,
        model_probe=model[model_app.STATE],
        model_side=sip,
        api_keys={key: secret},
        lines=options.traffic,
        agents_at=options.agents,
    )
    runners = [
        web.AppRunner(app, access_log=None, shutdown_timeout=_STOP_WITHIN_S) for app in (carrier, model, business)
    ]
    for runner, listening in zip(runners, sockets, strict=True):
        await runner.setup()
        await web.SockSite(runner, listening).start()
    for line in (
        f"TWILIO_API_BASE={carrier_url}",
        f"TWILIO_ACCOUNT_SID={options.account_sid}",
        f"TWILIO_AUTH_TOKEN={options.auth_token}",
        f"TWILIO_API_KEY={key}",
        f"TWILIO_API_SECRET={secret}",
        f"SOFTPHONE_SOCKET_URL=ws{carrier_url.removeprefix('http')}/softphone/",
        f"OPENAI_BASE_URL={model_url}/v1",
        f"OPENAI_API_KEY={options.api_key}",
        f"OPENAI_PROJECT_ID={sip.project}",
        f"OPENAI_WEBHOOK_SECRET={sip.webhooks.secret}",
        "PAY_CONNECTOR=Default",
        f"TOOL_ALLOWED_HOSTS={places[2]}",
        f"BUSINESS={business_url}",
        f"PHONE={carrier_url}/",
        "READY",
    ):
        print(line, flush=True)
    await stop.wait()
    await asyncio.gather(*(runner.cleanup() for runner in runners))


def main() -> None:
    """Run the stand-ins until SIGINT or SIGTERM."""
    options = _arguments(sys.argv[1:])
    if options.var:
        asyncio.run(_run(options, options.var))
    else:
        with tempfile.TemporaryDirectory(prefix="sandbox-") as folder:
            asyncio.run(_run(options, Path(folder)))


if __name__ == "__main__":
    main()
