"""Signals that come at a bad moment."""

import signal
import threading

import pytest

from deploy.signals import undisturbed


def test_a_signal_waits_until_the_block_is_done() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 the order is the point
        with undisturbed():
            signal.raise_signal(signal.SIGINT)
            done.append("all of it")
        done.append("never")
    assert done == ["all of it"]


def test_handlers_are_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with undisturbed():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_error_inside_is_what_is_told() -> None:
    with pytest.raises(ValueError, match="inside"), undisturbed():  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        raise ValueError("inside")


def test_other_threads_go_on_as_ever() -> None:
    said = []

    def work() -> None:
        with undisturbed():
            said.append("done")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert said == ["done"]
