"""Who answers a request behind the front, and what is said about where it came from."""

import pytest

from deploy import front_routes
from deploy.front_routes import Routes, Upstream

LOCAL = front_routes.believed("127.0.0.1,::1")


def routes(*, bridges: int = 3) -> Routes:
    web = [Upstream(f"web-{n}", "127.0.0.1", 9000 + n, 60.0) for n in (1, 2)]
    return Routes(web, [Upstream(f"vm-{n}", "127.0.0.1", 9100 + n, 2.0) for n in range(1, bridges + 1)])


def names(order: list[Upstream]) -> list[str]:
    return [one.name for one in order]


def test_pages_and_webhooks_go_to_the_web_processes_in_turn() -> None:
    turns = routes()
    firsts = [names(turns.order(b"/twilio/voice/", is_socket=False)) for _ in range(3)]
    assert firsts == [["web-1", "web-2"], ["web-2", "web-1"], ["web-1", "web-2"]]


@pytest.mark.parametrize(
    "target",
    [
        b"/twilio/media/",
        b"/twilio/media",
        b"/twilio/relay/",
        b"/twilio/listen/",
        b"/twilio/media/?x=1",
        b"/twilio/media/gone-9/",
        b"/phone/",
        b"/phone/gone-9/",
    ],
)
def test_a_stream_goes_to_the_bridge_with_the_fewest_connections(target: bytes) -> None:
    known = routes()
    known.bridges[0].open, known.bridges[1].open, known.bridges[2].open = 2, 0, 1
    assert names(known.order(target, is_socket=True)) == ["vm-2", "vm-3", "vm-1"]


@pytest.mark.parametrize(
    "target", [b"/twilio/media/vm-3/", b"/twilio/media/vm-3", b"/twilio/media/vm-3/?x=1", b"/phone/vm-3/"]
)
def test_a_stream_prefers_the_bridge_it_names(target: bytes) -> None:
    known = routes()
    known.bridges[2].open = 50
    assert names(known.order(target, is_socket=True)) == ["vm-3", "vm-1", "vm-2"]


@pytest.mark.parametrize(
    ("target", "is_socket"),
    [
        (b"/live/", True),
        (b"/twilio/media/", False),
        (b"/twilio/mediation/", True),
        (b"/phones/", True),
        (b"/phone/", False),
        (b"/x/twilio/media/", True),
        (b"/twilio/media/../../live/", True),
        (b"/twilio/media/" + b"a" * 41 + b"/", True),
    ],
)
def test_what_is_no_stream_goes_to_the_web_processes(target: bytes, is_socket: bool) -> None:
    assert names(routes().order(target, is_socket=is_socket))[0].startswith("web")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([(b"Connection", b"keep-alive, Upgrade"), (b"Upgrade", b"WebSocket")], True),
        ([(b"connection", b"upgrade"), (b"upgrade", b"websocket")], True),
        ([(b"Upgrade", b"websocket")], False),
        ([(b"Connection", b"Upgrade"), (b"Upgrade", b"h2c")], False),
        ([(b"Connection", b"Upgrade")], False),
    ],
)
def test_a_websocket_is_recognised(headers: list[tuple[bytes, bytes]], expected: bool) -> None:
    assert front_routes.is_socket(headers) is expected


def test_headers_of_one_hop_stay_behind_and_the_rest_keeps_order_and_spelling() -> None:
    given = [
        (b"Host", b"x"),
        (b"Connection", b"close, X-Private, Host"),
        (b"X-Private", b"1"),
        (b"TE", b"trailers"),
        (b"X-Twilio-Signature", b"abc="),
        (b"Keep-Alive", b"9"),
        (b"X-Twilio-Signature", b"def="),
    ]
    assert front_routes.passed_on(given, keep_upgrade=False) == [
        (b"Host", b"x"),
        (b"X-Twilio-Signature", b"abc="),
        (b"X-Twilio-Signature", b"def="),
    ]


def test_the_upgrade_is_passed_on_when_it_is_one() -> None:
    given = [(b"Connection", b"Upgrade"), (b"Upgrade", b"websocket"), (b"Sec-WebSocket-Key", b"k")]
    assert front_routes.passed_on(given, keep_upgrade=True) == given
    assert front_routes.passed_on(given, keep_upgrade=False) == given[2:]


def test_a_length_beside_chunks_does_not_travel() -> None:
    given = [(b"Transfer-Encoding", b"chunked"), (b"Content-Length", b"5")]
    assert front_routes.passed_on(given, keep_upgrade=False) == given[:1]


def origin(*given: tuple[str, str], peer: str = "203.0.113.9", believes: object = ()) -> dict[str, str]:
    said = front_routes.with_origin(
        [(b"Host", b"us.example"), *((name.encode(), value.encode()) for name, value in given)],
        peer=peer,
        believes=believes,
    )
    assert len({name.lower() for name, _ in said}) == len(said)
    return {name.decode(): value.decode() for name, value in said}


LIES = [
    ("X-Forwarded-For", "127.0.0.1"),
    ("x-forwarded-proto", "https"),
    ("X-Forwarded-Host", "evil.example"),
    ("X_Forwarded_Proto", "https"),
    ("X-Forwarded-Port", "443"),
    ("X-Forwarded-Prefix", "/admin"),
    ("Forwarded", "for=127.0.0.1;proto=https"),
    ("X-Real-IP", "127.0.0.1"),
    ("X_Real_Ip", "127.0.0.1"),
]


def test_what_a_client_says_about_itself_is_dropped() -> None:
    told = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "us.example"}
    assert origin(*LIES) == {"Host": "us.example", **told}
    assert origin(*LIES, believes=LOCAL) == {"Host": "us.example", **told}, "that proxy is somewhere else"


def test_a_believed_proxy_is_quoted_with_one_address() -> None:
    said = origin(
        ("X-Forwarded-For", "6.6.6.6, 198.51.100.7"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "calls.example"),
        ("X-Forwarded-Port", "443"),
        peer="127.0.0.1",
        believes=LOCAL,
    )
    assert said == {
        "Host": "us.example",
        "X-Forwarded-For": "198.51.100.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "calls.example",
    }


@pytest.mark.parametrize(
    ("chain", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7, 10.0.0.3, 127.0.0.1", "198.51.100.7"),
        ("127.0.0.1", "127.0.0.1"),
        ("nonsense, 10.0.0.3", "10.0.0.3"),
        ("nonsense", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("2001:db8::7, ::1", "2001:db8::7"),
    ],
)
def test_a_chain_of_proxies_is_walked_from_our_end(chain: str, address: str) -> None:
    believes = front_routes.believed("127.0.0.1, ::1, 10.0.0.0/8")
    assert origin(("X-Forwarded-For", chain), peer="127.0.0.1", believes=believes)["X-Forwarded-For"] == address


def test_addresses_of_one_family_dressed_as_the_other_are_recognised() -> None:
    said = origin(("X-Forwarded-For", "198.51.100.7"), peer="::ffff:127.0.0.1", believes=LOCAL)
    assert said["X-Forwarded-For"] == "198.51.100.7"
    assert origin(peer="::ffff:203.0.113.9")["X-Forwarded-For"] == "203.0.113.9"


@pytest.mark.parametrize(("claimed", "scheme"), [("wss", "https"), ("ws", "http"), ("gopher", "http"), ("", "http")])
def test_schemes_are_those_of_the_web(claimed: str, scheme: str) -> None:
    assert origin(("X-Forwarded-Proto", claimed), peer="::1", believes=LOCAL)["X-Forwarded-Proto"] == scheme


def test_believing_needs_addresses() -> None:
    assert front_routes.believed("") == ()
    assert len(front_routes.believed("*")) == 2
    with pytest.raises(ValueError, match=r"proxy\.example"):
        front_routes.believed("proxy.example")
