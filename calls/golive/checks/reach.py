"""The way from the vendors to us: the public address, its certificate, signatures, and the stream's socket."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from calls.golive.findings import Finding, Severity
from calls.golive.snapshot import Snapshot

_ABOUT = "Public address"
_RENEW_DAYS = 14
_HERE = ("localhost", "127.0.0.1", "::1")
_PROBLEMS = {
    "dns": "its name is not known",
    "tls": "its certificate is not good",
    "refused": "nobody answers there",
    "timeout": "it did not answer in time",
}


def address(snapshot: Snapshot) -> Iterator[Finding]:
    """The address is one that the internet can reach, by https."""
    parts = urlsplit(snapshot.ours.public_url)
    is_here = (parts.hostname or "") in _HERE
    if snapshot.ours.is_carrier_here and is_here:
        return
    if parts.scheme != "https" or is_here or parts.path.strip("/"):
        yield Finding(
            "reach.address",
            Severity.BLOCKER,
            _ABOUT,
            f"PUBLIC_URL is {snapshot.ours.public_url}, which "
            + ("is this machine." if is_here else "has a path." if parts.path.strip("/") else "is not https."),
            "Twilio and OpenAI come to us over the internet, and streams only by wss.",
            "No call reaches us.",
            by_hand="Set PUBLIC_URL to the https origin of the domain or the tunnel, without a path, and start again.",
        )


def connection(snapshot: Snapshot) -> Iterator[Finding]:
    """Somebody answers there, and it is us, ready."""
    reach = snapshot.reach
    if reach.problem:
        yield Finding(
            "reach.connection",
            Severity.BLOCKER,
            _ABOUT,
            f"{snapshot.ours.public_url} cannot be reached: {_PROBLEMS.get(reach.problem, reach.problem)}.",
            "What we cannot reach from here, Twilio most likely cannot reach either.",
            "They hear an error of the network and the call ends.",
            by_hand="Start the tunnel or the proxy, correct the DNS record, or open the port.",
        )
    elif reach.ready_status not in (0, 200):
        yield Finding(
            "reach.ready",
            Severity.BLOCKER,
            _ABOUT,
            f"{snapshot.ours.public_url}/readyz answers {reach.ready_status}.",
            "It answers 200 when the web process and both stores are there.",
            "They hear the fallback's words, if anything of ours at all.",
            by_hand="503: a store is away, see Health. 404 or another page: something else answers at this address.",
        )


def certificate(snapshot: Snapshot) -> Iterator[Finding]:
    """The certificate is good for a while."""
    days = snapshot.reach.certificate_days
    if days is not None and days < _RENEW_DAYS:
        yield Finding(
            "reach.certificate",
            Severity.SERIOUS,
            _ABOUT,
            f"The certificate ends in {days} {'day' if days == 1 else 'days'}.",
            "Twilio and OpenAI refuse to come to an address whose certificate has ended.",
            "From that day on no call reaches us.",
            by_hand="Renew it, and see why it was not renewed by itself.",
        )


def signature(snapshot: Snapshot) -> Iterator[Finding]:
    """What is signed for our public address is taken, and what is not is refused."""
    reach = snapshot.reach
    if reach.signed_status in (301, 302, 303, 307, 308):
        yield _of_signature(
            "reach.redirect",
            f"A signed request is redirected ({reach.signed_status}).",
            "A redirect loses the form, and with it the signature.",
            "Serve /twilio/ directly: no redirect to https, to www, or to a slash.",
        )
    elif reach.signed_status not in (0, 200):
        yield _of_signature(
            "reach.signature",
            f"A request that is signed as Twilio signs it is refused ({reach.signed_status}).",
            "The signature covers the whole public address: something between changes the path, the query or the form.",
            "Let the proxy pass path, query and body as they are.",
        )
    if reach.forged_status == 200:
        yield _of_signature(
            "reach.forged",
            "A request with a forged signature is taken.",
            "Whoever knows the address could begin and end calls.",
            "Something else than this product answers at the public address: find out what.",
        )


def _of_signature(key: str, said: str, why: str, by_hand: str) -> Finding:
    return Finding(
        key,
        Severity.BLOCKER,
        _ABOUT,
        said,
        why,
        "They hear an error of the network and the call ends.",
        by_hand=by_hand,
    )


def socket(snapshot: Snapshot) -> Iterator[Finding]:
    """A stream's socket comes about."""
    status = snapshot.reach.upgrade_status
    if status not in (0, 101):
        yield Finding(
            "reach.socket",
            Severity.BLOCKER,
            _ABOUT,
            f"The stream's WebSocket does not come about: the handshake is answered with {status}.",
            "The caller's voice comes over it.",
            "They hear the opening words, and then that we lost the assistant.",
            by_hand="Let the proxy pass upgrades on /twilio/media/ (HTTP/1.1, Upgrade and Connection headers).",
        )
