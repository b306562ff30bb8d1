"""Signals that come at a bad moment."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from deploy.signals import undisturbed

ROOT = Path(__file__).resolve().parents[3]


def test_a_signal_waits_until_the_block_is_done() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    try:
        _interrupted_in_a_block()
    finally:
        signal.signal(signal.SIGINT, before)


def _interrupted_in_a_block() -> None:
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


# The main thread enters and leaves blocks without end; another sends one signal after the other, each as soon as the
# one before has stopped something.
_UNDER_FIRE = """
import itertools, os, signal, sys, threading
from deploy.signals import STOP_SIGNALS, undisturbed

heard, ready, whole = 0, threading.Event(), True

def interrupt(*_):
    raise KeyboardInterrupt

def fire():
    for signum, _ in zip(itertools.cycle(STOP_SIGNALS), range(600)):
        if not ready.wait(10):
            os._exit(3)  # a signal was lost
        ready.clear()
        os.kill(os.getpid(), signum)
    os._exit(0 if whole else 4)

for signum in STOP_SIGNALS:
    signal.signal(signum, interrupt)
threading.Thread(target=fire, daemon=True).start()
while True:
    try:
        ready.set()
        while True:
            inside = 0
            with undisturbed():
                for inside in range(1, 30):
                    with undisturbed():
                        pass
                inside = 0
    except KeyboardInterrupt:
        whole = whole and inside == 0
"""


def test_no_signal_is_lost_and_no_block_is_cut_whatever_the_moment() -> None:
    done = subprocess.run([sys.executable, "-c", _UNDER_FIRE], cwd=ROOT, check=False, timeout=120)
    assert done.returncode == 0


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with undisturbed():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


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
