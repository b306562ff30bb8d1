"""How real an installation is: which of the phone network and the model are real, simulated or missing."""

from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Party(StrEnum):
    """What stands at the far end of the wire."""

    REAL = "real"
    SIMULATED = "simulated"
    MISSING = "no"


def phone_network(env: Mapping[str, str]) -> Party:
    """What the product telephones through."""
    if not (env.get("TWILIO_ACCOUNT_SID") and env.get("TWILIO_AUTH_TOKEN")):
        return Party.MISSING
    return Party.SIMULATED if _is_local(env.get("TWILIO_API_BASE", "")) else Party.REAL


def model(env: Mapping[str, str]) -> Party:
    """What the assistants think with."""
    if not env.get("OPENAI_API_KEY"):
        return Party.MISSING
    return Party.SIMULATED if _is_local(env.get("OPENAI_BASE_URL", "")) else Party.REAL


def name(env: Mapping[str, str]) -> str:
    """The level in the words of the documentation."""
    phone, mind = phone_network(env), model(env)
    if phone == mind:
        return {
            Party.REAL: "real accounts",
            Party.SIMULATED: "simulated phone network and model",
            Party.MISSING: "no accounts yet",
        }[phone]
    return f"{phone} phone network, {mind} model"


def simulated_line(env: Mapping[str, str]) -> str:
    """What is simulated, and what leaves this machine."""
    if model(env) is Party.SIMULATED:
        return "simulated: phone network, model. Nothing leaves this machine."
    return (
        "simulated: phone network. The model is real: what is said goes to it, and it costs money, "
        "so no customers call by themselves."
    )


def missing_lines(env: Mapping[str, str]) -> list[str]:
    """What real calls still need, one plain sentence each."""
    lines = []
    if phone_network(env) is Party.MISSING:
        lines.append("No phone network: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN to take real calls.")
    if model(env) is Party.MISSING:
        lines.append("No model: set OPENAI_API_KEY to let an assistant answer.")
    if phone_network(env) is Party.REAL and not env.get("PUBLIC_URL", "").startswith("https://"):
        lines.append("No public address: set PUBLIC_URL to the https address at which Twilio reaches this machine.")
    return lines


def _is_local(url: str) -> bool:
    return urlsplit(url).hostname in LOOPBACK
