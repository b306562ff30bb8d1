"""The environment the product runs in: what the person set, and what the launcher adds where nothing is set.

All decisions are plain functions of plain values; an empty value counts as not set.
"""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import environ

from contactcenter import serving
from deploy import private_files

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
THIS_MACHINE = ",".join(serving.LOOPBACK)
SANDBOX_KEY = "sk-sandbox-"
LONGEST_DRAIN_S = 3600
# Two telephones of the demo's people, and how whoever sits there behaves.
DEMO_AGENTS = {"+14155550171": "accepts", "+14155550172": "declines"}
# Whom the demo's campaign calls, and what they do.
DEMO_CUSTOMERS = {
    "+12125550131": "answers",
    "+13105550132": "answers_slowly",
    "+18085550133": "presses_nine",
    "+12125550134": "says_stop",
    "+18085550135": "leaves_greeting",
    "+13105550136": "voicemail",
    "+12125550137": "answers",
}
SANDBOX_PROJECT = "proj_sandbox"
DEMO_NUMBERS = ("+14155550100", "+14155550101", "+14155550102")

# In the demo nothing may leave the machine, whatever a real installation's .env says.
SILENCED_IN_DEMO = {
    "TWILIO_AUTH_TOKEN_SECONDARY": "",
    "TWILIO_REGION": "",
    "TWILIO_EDGE": "",
    "FALLBACK_NUMBER": "",
    "WHATSAPP_FALLBACK": "",
    "OPENAI_WEBHOOK_SECRET": "",  # the simulated telephone network reaches no real model by SIP
    "SENTRY_DSN": "",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "",
    "CSRF_TRUSTED_ORIGINS": "",
    "EMAIL_URL": "consolemail://",
}


class Unusable(ValueError):
    """A variable has a value nothing can be done with; the message is a sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the processes listen: the front for everybody, what is behind it for this machine.

    The simulated servers run only in the demo.
    """

    web: int  # the front
    carrier: int = 0
    model: int = 0
    pages: int = 0  # the web process
    bridge: int = 0  # the first bridge
    bridges: int = 0  # how many
    business: int = 0  # the third simulated server: a calendar and a customer file for tools


@dataclass(frozen=True, slots=True)
class SandboxKeys:
    """Account and keys of the simulated phone network and model."""

    account_sid: str
    auth_token: str
    api_key: str
    rest_key: str = ""  # of the account, beside its token: it signs the tokens of browsers that are telephones
    rest_secret: str = ""
    webhook_secret: str = ""  # what the simulated model signs its webhooks with


def read_dotenv(path: Path) -> dict[str, str]:
    """The variables of a .env file, read as the product reads them; empty when there is no such file."""

    class Parsed(environ.Env):  # its own ENVIRON, so that the environment of this process stays as it is
        ENVIRON: ClassVar[dict[str, str]] = {}

    Parsed.read_env(path)
    return Parsed.ENVIRON


def settled(*, real: Mapping[str, str], dotenv: Mapping[str, str]) -> dict[str, str]:
    """The person's variables: the real environment wins over the .env file."""
    return {**dotenv, **real}


def local_url(host: str, port: int) -> str:
    """The address of a server on this machine, for a browser on this machine."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def for_serve(
    given: Mapping[str, str], *, host: str, port: int, database_url: str, redis_url: str, secret_key: str
) -> dict[str, str]:
    """The environment of the product against the person's own accounts."""
    return {
        **given,
        "DATABASE_URL": given.get("DATABASE_URL") or database_url,
        "REDIS_URL": given.get("REDIS_URL") or redis_url,
        "SECRET_KEY": given.get("SECRET_KEY") or secret_key,
        "PUBLIC_URL": given.get("PUBLIC_URL") or local_url(host, port),
        "HOST": host,
        "PORT": str(port),
        "FORWARDED_ALLOW_IPS": THIS_MACHINE,  # the front; whom that believes is its own affair
        "PYTHONUNBUFFERED": "1",
    }


def for_demo(serve: Mapping[str, str], *, ports: Ports, keys: SandboxKeys, var: Path) -> dict[str, str]:
    """The environment of the product against the simulated phone network, made from the one for real accounts.

    The model is simulated too, unless the person has a key of their own.
    """
    quiet = {name: instead for name, instead in SILENCED_IN_DEMO.items() if serve.get(name)}
    if serve.get("ALLOWED_HOSTS"):
        quiet["ALLOWED_HOSTS"] = f"{serve['HOST']},localhost,127.0.0.1,[::1]"
    if not (serve.get("RECORDINGS_URL") or "file://").startswith("file://"):
        quiet["RECORDINGS_URL"] = f"file://{var / 'recordings'}"
    if not (serve.get("UPLOADS_URL") or "file://").startswith("file://"):
        quiet["UPLOADS_URL"] = f"file://{var / 'uploads'}"
    if not (serve.get("EVIDENCE_URL") or "file://").startswith("file://"):
        quiet["EVIDENCE_URL"] = f"file://{var / 'evidence'}"
    carrier = {
        "PUBLIC_URL": local_url(serve["HOST"], int(serve["PORT"])),
        "TWILIO_API_BASE": local_url(DEFAULT_HOST, ports.carrier),
        "TWILIO_ACCOUNT_SID": keys.account_sid,
        "TWILIO_AUTH_TOKEN": keys.auth_token,
        "PAY_CONNECTOR": "Default",
        "TWILIO_API_KEY": keys.rest_key,
        "TWILIO_API_SECRET": keys.rest_secret,
        "SOFTPHONE_SOCKET_URL": f"ws{local_url(DEFAULT_HOST, ports.carrier).removeprefix('http')}/softphone/",
        "TOOL_ALLOWED_HOSTS": f"{DEFAULT_HOST}:{ports.business}",
        "EXAMPLE_TOOLS_URL": local_url(DEFAULT_HOST, ports.business),
        "DRAIN_S": "0",  # nobody loses a call when the demo stops
    }
    if has_real_key(serve):
        return {**serve, **quiet, **carrier, "BANNER": "Simulated phone network"}
    model = {
        "OPENAI_BASE_URL": f"{local_url(DEFAULT_HOST, ports.model)}/v1",
        "OPENAI_API_KEY": keys.api_key,
        "OPENAI_PROJECT_ID": SANDBOX_PROJECT,
        "OPENAI_WEBHOOK_SECRET": keys.webhook_secret,
        "BANNER": "Simulated phone network and model",
    }
    return {**serve, **quiet, **carrier, **model}


def has_real_key(given: Mapping[str, str]) -> bool:
    """True for a key of the person's own; one that a sandbox has handed out opens no real model."""
    key = given.get("OPENAI_API_KEY", "")
    return bool(key) and not key.startswith(SANDBOX_KEY)


def bridges(given: Mapping[str, str]) -> int:
    """How many bridges the person wants.

    Raises Unusable.
    """
    wanted = given.get("BRIDGES") or "2"
    if not wanted.isdecimal() or int(wanted) < 1:
        raise Unusable(f"BRIDGES={wanted} is not a number of bridges: at least one must hold the calls.")
    return int(wanted)


def drain_s(given: Mapping[str, str]) -> float:
    """How long calls may go on after a stop was asked for.

    Raises Unusable.
    """
    wanted = given.get("DRAIN_S") or "30"
    try:
        seconds = float(wanted)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= LONGEST_DRAIN_S:
        raise Unusable(f"DRAIN_S={wanted} is not a number of seconds from 0 to {LONGEST_DRAIN_S}.")
    return seconds


def believed_proxies(given: Mapping[str, str]) -> str:
    """Whose forwarded headers the front believes: those the person names, or a tunnel that runs here.

    Without https there is no proxy before us, and anybody on this machine could claim to be one.
    """
    is_behind_one = given.get("PUBLIC_URL", "").startswith("https://")
    return given.get("FORWARDED_ALLOW_IPS") or (THIS_MACHINE if is_behind_one else "")


def secret_key(var: Path) -> str:
    """Django's SECRET_KEY for this ``var``, made once: sessions survive a restart."""
    return private_files.made_once(var / "secret_key", lambda: secrets.token_urlsafe(50))


def sandbox_keys(var: Path) -> SandboxKeys:
    """Account and keys of the simulated servers, made once, in the shapes the real ones have."""
    path = var / "sandbox_keys.json"
    known = private_files.read_json(path)
    made = {
        "account_sid": "AC" + secrets.token_hex(16),
        "auth_token": secrets.token_hex(16),
        "api_key": SANDBOX_KEY + secrets.token_urlsafe(24),
        "rest_key": "SK" + secrets.token_hex(16),
        "rest_secret": secrets.token_hex(16),
        "webhook_secret": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    if made.keys() - known.keys():
        known = {**made, **known}
        private_files.write_json(path, known)
    return SandboxKeys(**known)
