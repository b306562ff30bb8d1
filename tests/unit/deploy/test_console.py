"""What reaches the terminal, and what only the log files."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from honcho.printer import Message

from deploy import console
from deploy.console import Console

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def line(text: str, name: str = "web") -> Message:
    return Message(type="line", data=text.encode() + b"\n", time=NOON, name=name, colour="36")


def shown(*lines: Message, show_all: bool = False, logs: Path | None = None) -> str:
    output = io.StringIO()
    with Console(show_all=show_all, logs=logs, output=output) as screen:
        screen.width = 6
        for one in lines:
            screen.write(one)
    return output.getvalue()


@pytest.mark.parametrize(
    ("text", "alarms"),
    [
        ("[2026-01-01 10:00:00: WARNING/MainProcess] slow", True),
        ("ERROR:    Exception in ASGI application", True),
        ("INFO:     Started server process [1]", False),
        ('{"event": "task failed", "level": "error"}', True),
        ('{"event": "no ERROR here", "level": "info"}', False),
        ('{"event": "late", "level": "warning"}', True),
        ("Traceback (most recent call last):", True),
        ("{not json WARNING", True),
        ("calm", False),
    ],
)
def test_warnings_and_worse_are_recognised(text: str, alarms: bool) -> None:
    assert console.is_alarming(text) is alarms


def test_calm_lines_stay_off_the_screen() -> None:
    assert shown(line("calm"), line("WARNING: storm")) == "web    | WARNING: storm\n"


def test_a_whole_traceback_is_shown() -> None:
    lines = ["Traceback (most recent call last):", '  File "x.py", line 1', "ValueError: no", "calm again"]
    assert shown(*map(line, lines)).count("|") == 3


def test_a_traceback_of_one_does_not_open_the_screen_to_another() -> None:
    text = shown(line("Traceback (most recent call last):", "web"), line("calm", "worker"))
    assert "calm" not in text


def test_everything_is_shown_when_asked() -> None:
    assert shown(line("calm", "worker"), show_all=True) == "worker | calm\n"


def test_remarks_of_the_process_manager_are_left_out() -> None:
    assert shown(line("sending SIGTERM to web", "system"), show_all=True) == ""


def test_json_is_put_into_words() -> None:
    record = {"event": "call lost", "level": "error", "call": 7, "timestamp": "t", "exception": "Traceback\nValueError"}
    assert console.readable(json.dumps(record)) == "error call lost call=7\nTraceback\nValueError"
    assert console.readable("plain") == "plain"


def test_every_line_is_kept_in_the_log_of_its_sender(tmp_path: Path) -> None:
    shown(line("calm", "web"), line("WARNING", "worker"), logs=tmp_path / "log")
    assert (tmp_path / "log" / "web.log").read_text() == "calm\n"
    assert (tmp_path / "log" / "worker.log").read_text() == "WARNING\n"


def test_the_end_of_a_log_is_told_when_it_was_not_shown(tmp_path: Path) -> None:
    with Console(show_all=False, logs=tmp_path, output=io.StringIO()) as screen:
        screen.write(line("last words", "beat"))
    assert screen.last_words(["beat"]).splitlines()[1:] == [f"The end of {tmp_path / 'beat.log'}:", "  last words"]
    assert Console(show_all=True, logs=tmp_path, output=io.StringIO()).last_words(["beat"]) == ""


def test_bytes_that_are_no_text_do_not_stop_it() -> None:
    broken = Message(type="line", data=b"WARNING \xff\n", time=NOON, name="web", colour="36")
    assert "WARNING \ufffd" in shown(broken)
