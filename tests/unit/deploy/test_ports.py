"""Which ports are chosen when some are taken."""

import socket

import pytest

from deploy import ports


def test_the_wanted_port_when_it_is_free() -> None:
    assert ports.choose(wanted=8000, take=lambda port: True, what="it") == 8000


def test_the_next_free_one_otherwise() -> None:
    assert ports.choose(wanted=8000, take=lambda port: port >= 8003, what="it") == 8003


def test_a_port_somebody_insists_on_is_never_replaced() -> None:
    with pytest.raises(ports.NoPort, match=r"Port 8000 for the contact centre is taken by another program"):
        ports.choose(wanted=8000, insist=True, take=lambda port: port != 8000, what="the contact centre")


def test_an_insisted_port_that_is_free() -> None:
    assert ports.choose(wanted=8000, insist=True, take=lambda port: port == 8000, what="it") == 8000


def test_the_search_ends() -> None:
    with pytest.raises(ports.NoPort, match=r"No free port for it from 65530 on"):
        ports.choose(wanted=65530, take=lambda port: False, what="it")


def test_a_row_of_ports_is_free_from_end_to_end() -> None:
    asked: list[int] = []

    def take(port: int) -> bool:
        asked.append(port)
        return port not in (9001, 9004)

    assert ports.choose_row(wanted=9001, count=3, take=take, what="them") == 9005
    assert (asked.count(9002), asked.count(9003)) == (1, 1), "what is ours already could not be taken again"


def test_the_search_for_a_row_ends() -> None:
    with pytest.raises(ports.NoPort, match=r"No 2 free ports for the bridges from 9001 on"):
        ports.choose_row(wanted=9001, count=2, take=lambda port: port % 2 == 0, what="the bridges")


def test_a_listening_port_cannot_be_taken_and_a_closed_one_can() -> None:
    with ports.Reserved() as reserved, socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not reserved.take("127.0.0.1", port)
        server.close()
        assert reserved.take("127.0.0.1", port)


def unused() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_port_is_kept_from_everybody_until_it_is_released() -> None:
    port = unused()
    with ports.Reserved() as ours:
        assert ours.take("127.0.0.1", port)
        with pytest.raises(OSError, match="in use"):
            socket.create_server(("127.0.0.1", port))
        ours.release()
        socket.create_server(("127.0.0.1", port)).close()


def test_a_port_is_kept_from_whoever_chooses_as_we_do_until_the_end() -> None:
    """Two launchers that start at once: what one has let go for its server is not free for the other."""
    port = unused()
    with ports.Reserved() as theirs:
        with ports.Reserved() as ours:
            assert ours.take("127.0.0.1", port)
            assert not theirs.take("127.0.0.1", port)
            ours.release()
            assert not theirs.take("127.0.0.1", port)
        assert theirs.take("127.0.0.1", port)


def test_a_port_that_could_not_be_taken_is_not_claimed() -> None:
    with ports.Reserved() as ours, socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not ours.take("127.0.0.1", port)
        server.close()
        with ports.Reserved() as theirs:
            assert theirs.take("127.0.0.1", port)


def test_a_foreign_address_is_named() -> None:
    with pytest.raises(ports.NoPort, match=r"HOST=192\.0\.2\.1 is not an address of this machine"):
        ports.Reserved().take("192.0.2.1", 8000)
