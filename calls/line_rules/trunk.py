"""What a trunk may be set to, what does not go together, and what its owner should be told.

Source: https://www.twilio.com/docs/sip-trunking/api/trunk-resource.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

TERMINATION_DOMAIN = ".pstn.twilio.com"
SIP_DOMAIN = ".sip.twilio.com"
LONGEST_NAME = 64
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class Transfer(StrEnum):
    """Whether a SIP server may hand a call on by REFER."""

    OFF = "disable-all"
    SIP = "sip-only"
    ALL = "enable-all"


class TransferCaller(StrEnum):
    """Whose number the third party sees."""

    TRANSFEREE = "from-transferee"
    TRANSFEROR = "from-transferor"


class Recording(StrEnum):
    """What the carrier records of a trunk's calls."""

    OFF = "do-not-record"
    RINGING = "record-from-ringing"
    ANSWER = "record-from-answer"
    RINGING_DUAL = "record-from-ringing-dual"
    ANSWER_DUAL = "record-from-answer-dual"


class Trim(StrEnum):
    """Whether silence at the ends is cut off."""

    KEEP = "do-not-trim"
    CUT = "trim-silence"


TRANSFERS = {
    Transfer.OFF: "no transfers by REFER",
    Transfer.SIP: "transfers to SIP addresses only",
    Transfer.ALL: "transfers to SIP addresses and to telephone numbers",
}
TRANSFER_CALLERS = {
    TransferCaller.TRANSFEREE: "the number of whoever is transferred",
    TransferCaller.TRANSFEROR: "the number of whoever transfers",
}
RECORDINGS = {
    Recording.OFF: "nothing",
    Recording.ANSWER_DUAL: "from the answer, each side on its own channel",
    Recording.RINGING_DUAL: "from the first ring, each side on its own channel",
    Recording.ANSWER: "from the answer, both sides mixed",
    Recording.RINGING: "from the first ring, both sides mixed",
}
TRIMS = {Trim.KEEP: "as it was", Trim.CUT: "without silence at its ends"}


@dataclass(frozen=True, slots=True)
class Plan:
    """A trunk as somebody wants it."""

    name: str
    domain: str = ""
    is_secure: bool = False
    transfer: str = Transfer.OFF
    transfer_caller: str = TransferCaller.TRANSFEREE
    looks_up_names: bool = False
    disaster_url: str = ""
    recording: str = Recording.OFF
    trim: str = Trim.KEEP


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a trunk beside its plan."""

    encrypted: tuple[bool, ...] = ()  # of each address that is switched on
    has_credentials: bool = False
    has_addresses_let_in: bool = False
    is_rtp_symmetric: bool = False
    our_host: str = ""


def check_plan(plan: Plan, *, unencrypted: Iterable[str] = ()) -> dict[str, str]:
    """What is wrong with a plan, a sentence for each field. `unencrypted`: addresses of it without TLS."""
    wrong = {}
    if not plan.name.strip() or len(plan.name) > LONGEST_NAME:
        wrong["name"] = f"Give it a name of at most {LONGEST_NAME} characters."
    if plan.domain and (sentence := check_domain(plan.domain, TERMINATION_DOMAIN)):
        wrong["domain"] = sentence
    if plan.transfer not in set(Transfer):
        wrong["transfer"] = "Choose how calls may be transferred."
    if plan.transfer_caller not in set(TransferCaller):
        wrong["transfer_caller"] = "Choose whose number is shown."
    if plan.recording not in set(Recording):
        wrong["recording"] = "Choose what is recorded."
    if plan.trim not in set(Trim):
        wrong["trim"] = "Choose whether silence is cut off."
    if plan.disaster_url and (sentence := check_disaster_url(plan.disaster_url)):
        wrong["disaster_url"] = sentence
    if plan.is_secure and (plain := [*unencrypted]):
        wrong["is_secure"] = f"An encrypted trunk needs ;transport=tls at every address. {plain[0]} has none."
    return wrong


def check_domain(domain: str, ending: str) -> str:
    """Why a domain cannot be taken, as a sentence; empty when it can. `ending`: of trunks, or of SIP domains."""
    label = domain.lower().removesuffix(ending)
    if not domain.lower().endswith(ending) or not _LABEL.fullmatch(label):
        return f"Letters, digits and hyphens, then {ending}: acme-berlin{ending}."
    return ""


def check_disaster_url(url: str) -> str:
    """Why the carrier could not fetch a document there, as a sentence; empty when it could."""
    try:
        parts = urlsplit(url)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        return "This is no web address."
    if parts.scheme not in ("https", "http") or not parts.hostname or not port_is_right or len(url) > 500:
        return "Write a whole web address: https://static.example.com/disaster.xml."
    if "_" in parts.hostname:
        return "The carrier fetches nothing from a host with an underscore in its name."
    return ""


def advice(plan: Plan, known: Standing) -> tuple[str, ...]:
    """What the owner of a trunk should know, the gravest first."""
    said = []
    if plan.domain and not (known.has_credentials or known.has_addresses_let_in):
        said.append("Nobody can call out through it: give its domain a list of credentials or of addresses.")
    if plan.domain and known.has_addresses_let_in and not known.has_credentials:
        said.append("Whoever sends from one of its addresses may call out at your cost. Ask for credentials too.")
    if not known.encrypted:
        said.append("It has no address that is switched on: calls to its numbers fail.")
    if not plan.disaster_url:
        said.append("When all of its addresses fail, callers hear an error. Set a document for disasters.")
    elif known.our_host and urlsplit(plan.disaster_url).hostname == known.our_host:
        said.append(
            "The document for disasters comes from this installation: it helps when your telephone system is away, "
            "and not when we are. Export it and put it on another host."
        )
    if not plan.is_secure:
        said.append(
            "Calls go unencrypted between the carrier and your telephone system."
            if known.encrypted and not all(known.encrypted)
            else "Who calls whom is encrypted, what is said is not: switch encryption on for the trunk."
        )
    if known.is_rtp_symmetric:
        said.append(
            "Symmetric RTP is on: the carrier sends sound back to wherever sound comes from, so whoever guesses a port "
            "can listen. Only a telephone system behind a NAT needs it; it is switched off in the carrier's console."
        )
    if plan.transfer == Transfer.ALL:
        said.append("A telephone system that was broken into can transfer calls to any number, at your cost.")
    if plan.trim == Trim.CUT and plan.recording != Recording.OFF:
        said.append("Recordings without their silence do not fit the times of a transcript.")
    return tuple(said)
