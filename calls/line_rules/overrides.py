"""Connection overrides of a webhook: how long the carrier waits for us, and how often it asks again.

They stand behind `#` in the address of a webhook and are neither sent to us nor part of the signature.
Source: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides.
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from calls.line_rules.edges import EDGES

# Key -> what it is, and from where to where it may go.
LIMITS = {
    "ct": ("milliseconds until a connection stands", 100, 10_000),
    "rt": ("milliseconds until we have answered", 100, 15_000),
    "tt": ("milliseconds for everything together", 100, 15_000),
    "rc": ("times to ask again", 0, 5),
}
POLICIES = {
    "ct": "no connection",
    "rt": "no answer in time",
    "4xx": "an answer 400 to 499",
    "5xx": "an answer 500 to 599",
    "all": "any failure",
}


@dataclass(frozen=True, slots=True)
class Read:
    """An override as it was written: the parts that hold, and a sentence for each that does not."""

    parts: tuple[tuple[str, str], ...]
    wrong: tuple[str, ...]

    @property
    def fragment(self) -> str:
        """As it stands behind `#`; empty when nothing is set."""
        return "&".join(f"{key}={value}" for key, value in self.parts)


def read(text: str) -> Read:
    """Read overrides as people write them: `rc=2&rp=ct,5xx`, with or without `#`."""
    text = text.strip().removeprefix("#")
    parts: dict[str, str] = {}
    wrong = []
    pairs = parse_qsl(text, keep_blank_values=True)
    if text and "&".join(f"{key}={value}" for key, value in pairs) != text:
        wrong.append("Write key=value, with & between them: rc=2&rp=ct,5xx.")
    for key, value in pairs:
        sentence = f"{key} stands there twice." if key in parts else _wrong_with(key, value)
        if sentence:
            wrong.append(sentence)
        else:
            parts[key] = value
    wrong.extend(_wrong_together(parts))
    return Read(tuple(parts.items()), tuple(wrong))


def _wrong_with(key: str, value: str) -> str:
    if key in LIMITS:
        what, low, high = LIMITS[key]
        is_number = value.isascii() and value.isdigit() and len(value) < 7
        return "" if is_number and low <= int(value) <= high else f"{key}, the {what}, goes from {low} to {high}."
    if key == "rp":
        unknown = [one for one in value.split(",") if one not in POLICIES]
        known = ", ".join(POLICIES)
        return f"rp says when to ask again: {known}. “{unknown[0][:20]}” is none of them." if unknown else ""
    if key == "e":
        unknown = [one for one in value.split(",") if one not in EDGES]
        return f"e names edges: {', '.join(EDGES)}. “{unknown[0][:20]}” is none of them." if unknown else ""
    if key == "sni":
        return "" if value in ("y", "n") else "sni is y or n."
    return f"“{key[:20]}” is no override. There are ct, rt, tt, rc, rp, e and sni."


def _wrong_together(parts: dict[str, str]) -> list[str]:
    wrong = []
    if "tt" in parts and "ct" in parts and int(parts["ct"]) > int(parts["tt"]):
        wrong.append("ct is longer than tt: the whole time would be over before a connection is given up.")
    if "rp" in parts and parts.get("rc") == "0":
        wrong.append("rp says when to ask again, and rc=0 says never.")
    return wrong


def with_override(url: str, fragment: str) -> str:
    """An address with the overrides behind it."""
    return f"{url}#{fragment}" if fragment else url
