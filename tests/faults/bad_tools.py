"""Tools nobody should have, and the bench they are run on."""

import os
import resource
import signal
from functools import partial
from typing import Any

import pytest
from django.db import connections

from calls import tools
from calls.tools import workshop
from calls.tools.answer import ToolAnswer

_counted: list[int] = []


def spin(**_: Any) -> ToolAnswer:
    """Use up a core for as long as it is let."""
    resource.setrlimit(resource.RLIMIT_CPU, (_used() + 1, resource.RLIM_INFINITY))  # a second is enough to see it
    while True:
        pass


def _used() -> int:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return int(used.ru_utime + used.ru_stime)


def hoard(**_: Any) -> ToolAnswer:
    """Ask for all memory there is."""
    kept = []
    while True:
        kept.append(bytearray(64 * 1024 * 1024))


def hang(**_: Any) -> ToolAnswer:
    """Never answer."""
    while True:
        signal.pause()


def fail(**_: Any) -> ToolAnswer:
    """Raise something nobody expects."""
    raise KeyError("secret of the tool")


def die(**_: Any) -> ToolAnswer:
    """Take the whole process along."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def count(**_: Any) -> ToolAnswer:
    """Say how often it was run in this process, and in which."""
    _counted.append(1)
    return ToolAnswer(f"{os.getpid()}: {len(_counted)}")


def work(**_: Any) -> ToolAnswer:
    """Do what it should."""
    return ToolAnswer("Done.")


BAD = {"spin": spin, "hoard": hoard, "hang": hang, "fail": fail, "die": die}
ALL = BAD | {"work": work, "count": count}


def bench(database: str, line: Any) -> None:
    """What a bench does, with these tools, for the test that has this database; in its process."""
    connections["default"].settings_dict["NAME"] = database
    tools._TOOLS.update(ALL)
    workshop._work(line)


# What a caller says the tool is for decides which bad one it is: words the declared tool knows.
BY_REASON = {"caller_done": "spin", "wrong_number": "hoard", "abuse": "hang", "other": "die"}


def by_reason(*, arguments: dict[str, str], **more: Any) -> ToolAnswer:
    """The bad tool of this reason."""
    return BAD[BY_REASON[arguments["reason"]]](**more)


def bench_of_a_house(line: Any) -> None:
    """The same in a running product, under the names of its own tools."""
    tools._TOOLS.update({"end_call": by_reason, "stop_recording": fail})
    workshop._work(line)


def use_in_this_process() -> None:
    """Benches of this process know them from now on."""
    workshop._work = bench_of_a_house


def script() -> list[dict[str, Any]]:
    """Rules for the sandbox's model: whoever asks for a bad tool gets it."""
    rules = [
        {
            "hears": f"tool {name}",
            "says": "One moment.",
            "calls": [{"tool": "end_call", "arguments": {"reason": reason}}],
        }
        for reason, name in BY_REASON.items()
    ]
    return [*rules, {"hears": "tool fail", "says": "One moment.", "calls": [{"tool": "stop_recording"}]}]


def open_workshop(monkeypatch: pytest.MonkeyPatch, *, time_limit_s: float) -> None:
    """Benches from now on know these tools and the test's database."""
    close_workshop()
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "contactcenter.settings_test")
    monkeypatch.setattr(workshop, "_work", partial(bench, str(connections["default"].settings_dict["NAME"])))
    monkeypatch.setattr(workshop, "TIME_LIMIT_S", time_limit_s)


def close_workshop() -> None:
    """No bench stays behind."""
    while workshop._idle:
        workshop._idle.popleft().kill()
