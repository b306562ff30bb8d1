"""The line of a test call's page at the telephone network: rung, told of what happens, and gone when it is closed."""

import json
from typing import Any

from tests.unit.static import node

# Sockets and timers that do nothing by themselves.
FAKES = """
    const sockets = [], timers = [];
    globalThis.WebSocket = class {
      static OPEN = 1;
      readyState = 1;
      sent = [];
      constructor(url) { this.url = url; sockets.push(this); }
      send(text) { this.sent.push(JSON.parse(text)); }
      close() { this.onclose?.(); }
    };
    globalThis.setTimeout = (job) => timers.push(job);
    globalThis.clearTimeout = () => {};
"""
KEY = {"adapter": "socket", "url": "ws://carrier/softphone/", "token": "t"}


def played(key: dict[str, str], script: str) -> Any:
    """What was `told`, and how many `sockets` were opened, once the script has run."""
    return node.run(f"""
        {FAKES}
        const {{ NetworkLine }} = await import("{(node.SCRIPTS / "network_line.js").as_uri()}");
        const told = [];
        const line = new NetworkLine({json.dumps(key)}, {{
          ended: () => told.push("ended"),
          problem: (text) => told.push(text),
        }});
        await line.open(() => ({{}}));
        {script}
        console.log(JSON.stringify({{ told, sockets: sockets.length, sent: sockets.flatMap((one) => one.sent) }}));
    """)


def test_where_nobody_can_be_put_through_nothing_is_opened() -> None:
    assert played({"adapter": "none", "why": "x"}, "") == {"told": [], "sockets": 0, "sent": []}


def test_it_says_who_it_is_and_is_there_again_when_its_socket_broke() -> None:
    done = played(KEY, "sockets[0].onopen(); sockets[0].close(); timers.forEach((job) => job());")
    assert done == {"told": [], "sockets": 2, "sent": [{"type": "hello", "token": "t"}]}


def test_a_line_that_is_over_is_told_of_unless_the_page_has_left_it() -> None:
    over = "sockets[0].onmessage({ data: JSON.stringify({ type: 'ended' }) });"
    assert played(KEY, over)["told"] == ["ended"]
    done = played(KEY, f"line.close(); {over} timers.forEach((job) => job());")
    assert (done["told"], done["sockets"]) == ([], 1)


def test_a_microphone_that_cannot_be_had_when_it_rings_is_said() -> None:
    rings = "sockets[0].onmessage({ data: JSON.stringify({ type: 'incoming', call_sid: 'CA1' }) }); await null;"
    (told,) = played(KEY, rings + "await new Promise((done) => setImmediate(done));")["told"]
    assert told.startswith("The microphone could not be used for the telephone line:")
