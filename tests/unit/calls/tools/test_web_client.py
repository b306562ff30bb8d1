"""The way to a tool's server: three hundred tricks leave no packet, and what is lawful arrives where it was judged."""

import datetime as dt
import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from agents import web_addresses
from calls.tools.web import client
from calls.tools.web.request import Request
from tests import web_tricks

BY_NAME = dict(web_tricks.TRICKS)


class Wires:
    """A resolver that says what it is told to, and a list of everything that was connected to."""

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[str, ...]]] = {}
        self.connected: list[tuple[str, int]] = []
        self.asked: list[str] = []

    def getaddrinfo(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked.append(host)
        answers = self.answers.get(host, [(web_tricks.PUBLIC,)])
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    def create_connection(self, address: tuple[str, int], *_: Any) -> socket.socket:
        self.connected.append(address)
        raise ConnectionRefusedError


@pytest.fixture
def wires(monkeypatch: pytest.MonkeyPatch) -> Wires:
    wires = Wires()
    monkeypatch.setattr(client.socket, "getaddrinfo", wires.getaddrinfo)
    monkeypatch.setattr(client.socket, "create_connection", wires.create_connection)
    return wires


def ask(url: str, *, timeout_s: float = 2.0, retries: int = 0, allowed: tuple[str, ...] = ()) -> client.Reply:
    target = web_addresses.target(url, allowed=allowed)
    return client.ask(Request(target, "GET", {"X-Key": "k"}, b""), timeout_s=timeout_s, retries=retries)


def test_there_are_three_hundred_tricks() -> None:
    assert len({url for url, _ in web_tricks.TRICKS}) == len(web_tricks.TRICKS) >= 300


def test_no_packet_of_any_trick_leaves(wires: Wires) -> None:
    passed = []
    for url, leads_to in web_tricks.TRICKS:
        wires.connected.clear()
        try:
            target = web_addresses.target(url)
            wires.answers[target.host] = [leads_to]
            client.ask(Request(target, "GET", {}, b""), timeout_s=2.0)
        except (web_addresses.Refused, client.Unanswered):
            pass
        else:
            passed.append(url)
        passed += [url] * bool(wires.connected)
    assert passed == []


def test_an_answer_that_changes_between_two_questions_changes_nothing(wires: Wires) -> None:
    wires.answers["rebound.example.com"] = [(web_tricks.PUBLIC,), ("127.0.0.1",), ("169.254.169.254",)]
    with pytest.raises(client.Unanswered, match="not reached"):
        ask("https://rebound.example.com/", retries=2)
    assert wires.asked == ["rebound.example.com"]
    assert {address for address, _ in wires.connected} == {web_tricks.PUBLIC}


def test_no_proxy_of_the_environment_is_used(wires: Wires, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:3128")
    with pytest.raises(client.Unanswered):
        ask("https://api.example.com/")
    assert wires.connected == [(web_tricks.PUBLIC, 443)]


def test_a_resolver_that_hangs_costs_no_more_than_the_time_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(client.socket, "getaddrinfo", lambda *_, **__: [over.wait(10)][:0])
    with pytest.raises(client.Unanswered, match="too long"):
        ask("https://api.example.com/", timeout_s=0.2)
    over.set()


# --- lawful addresses, over TLS ---


class _Says(http.server.BaseHTTPRequestHandler):
    """Says what it was asked, and by which name."""

    seen: list[tuple[str, str]] = []

    def do_GET(self) -> None:
        type(self).seen.append((self.headers["Host"], self.path))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"ok": true}')

    def log_message(self, *_: Any) -> None:
        return


def _certificate(folder: Path, names: list[str]) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = dt.datetime.now(dt.UTC)
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    made = (
        x509.CertificateBuilder()
        .subject_name(issuer)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*form))
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def tls(wires: Wires, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Wires]:
    """A server behind every public address, which proves the names of the lawful ones but for `wrong.example.com`."""
    hosts = sorted({web_addresses.target(url).host for url in web_tricks.LAWFUL[:-1]})
    certificate, key = _certificate(tmp_path, hosts)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Says)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    trusting = ssl.create_default_context(cafile=str(certificate))

    def create_connection(address: tuple[str, int], timeout: float) -> socket.socket:
        wires.connected.append(address)
        sock = socket.socket()
        sock.settimeout(timeout)
        sock.connect(server.server_address)
        return sock

    monkeypatch.setattr(client.socket, "create_connection", create_connection)
    monkeypatch.setattr(client.ssl, "create_default_context", lambda: trusting)
    _Says.seen.clear()
    yield wires
    server.shutdown()
    server.server_close()


def test_twenty_lawful_addresses_are_asked_by_their_names_at_the_judged_address(tls: Wires) -> None:
    urls = web_tricks.LAWFUL[:-1]  # (the last has no name to prove)
    assert len(urls) == 20
    for url in urls:
        target = web_addresses.target(url)
        assert ask(url).body == b'{"ok": true}', url
        assert tls.connected[-1] == (web_tricks.PUBLIC, target.port)
        assert _Says.seen[-1] == (target.place, target.path)


def test_a_server_that_cannot_prove_its_name_hears_nothing(tls: Wires) -> None:
    with pytest.raises(client.Unanswered, match="No safe connection"):
        ask("https://wrong.example.org/")
    assert _Says.seen == []
