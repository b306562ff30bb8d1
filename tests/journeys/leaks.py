"""Looking for a secret everywhere: as text, in words, encoded, and as the tones of keys."""

import base64
import io
import random
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlsplit, urlunsplit

import numpy as np
import redis
import soundfile

from deploy import postgres_programs
from sandbox import signals
from sandbox.audio import encode_mulaw
from tests.journeys.house import House

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# So many digits of a secret in a row, among tones, are no accident.
_IN_A_ROW = 5


def a_card(dice: random.Random) -> str:
    """A card number that passes every check."""
    number = "4" + "".join(dice.choices("0123456789", k=14))
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(number))
    return number + str(-total % 10)


def spellings(secret: str) -> dict[bytes, str]:
    """Everything the secret might look like, and how to call it."""
    grouped = [secret[at : at + 4] for at in range(0, len(secret), 4)]
    texts = {
        "text": secret,
        "separated by spaces": " ".join(secret),
        "separated by commas": ", ".join(secret),
        "separated by hyphens": "-".join(secret),
        "in groups": " ".join(grouped),
        "in hyphened groups": "-".join(grouped),
        "in words": " ".join(WORDS[int(digit)] for digit in secret),
        "in words and commas": ", ".join(WORDS[int(digit)] for digit in secret),
        "backwards": secret[::-1],
    }
    found = {text.encode(): name for name, text in texts.items()}
    for name, text in texts.items():
        found |= dict.fromkeys(_base64_pieces(text.encode()), f"{name}, base64")
        found[text.encode().hex().encode()] = f"{name}, hex"
        found[text.encode().hex().upper().encode()] = f"{name}, hex"
        found[quote(text).encode()] = f"{name}, url-encoded"
        found[text.encode("utf-16-le")] = f"{name}, utf-16"
    return found


def _base64_pieces(text: bytes) -> Iterator[bytes]:
    """The middle of it as it looks at each of three alignments."""
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + text)
        yield encoded[4 if shift else 0 : len(encoded) - 4]


def places(secret: str, haystacks: dict[str, bytes]) -> set[tuple[str, str]]:
    """Where the secret is, and as what."""
    spelled = spellings(secret)
    return {
        (where, how)
        for where, hay in haystacks.items()
        for needle, how in spelled.items()
        if needle in hay or needle in hay.lower()
    }


def tones(sounds: dict[str, bytes]) -> dict[str, str]:
    """The keys whose tones are in each piece of mu-law sound."""
    return {where: "".join(heard.key for heard in signals.find_keys(sound)) for where, sound in sounds.items()}


def sounded(secret: str, heard: dict[str, str]) -> set[str]:
    """Where a part of the secret is to be heard."""
    parts = {secret[at : at + _IN_A_ROW] for at in range(len(secret) - _IN_A_ROW + 1)}
    return {where for where, keys in heard.items() if any(part in keys for part in parts)}


# --- where to look ----------------------------------------------------------------------------------------------------


def of_database(house: House) -> dict[str, bytes]:
    """The whole database, as its own tool writes it down."""
    programs = postgres_programs.folder()
    assert programs is not None, "there is no pg_dump here"
    command = [programs / "pg_dump", "--inserts", house.env["DATABASE_URL"]]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return {"database": done.stdout}


def of_files(house: House) -> dict[str, bytes]:
    """Every file of the product: logs of all processes, what waits on disk, stored copies. Not the carrier's."""
    files = [path for path in house.var.rglob("*") if path.is_file() and "sandbox" not in path.parts]
    return {f"file {path.relative_to(house.var)}": path.read_bytes() for path in files}


def of_redis(house: House) -> dict[str, bytes]:
    """Every key of the server, in every database of it, with all that it holds."""
    found = {}
    with redis.from_url(house.env["REDIS_URL"]) as client:
        for number in client.info("keyspace"):
            url = urlunsplit(urlsplit(house.env["REDIS_URL"])._replace(path=f"/{number.removeprefix('db')}"))
            with redis.from_url(url) as one:
                for key in one.scan_iter("*"):
                    found[f"redis {number} {key!r}"] = key + _held(one, key)
    return found


def _held(client: "redis.Redis", key: bytes) -> bytes:
    kind = client.type(key).decode()
    readers = {
        "string": client.get,
        "list": lambda name: client.lrange(name, 0, -1),
        "set": client.smembers,
        "hash": client.hgetall,
        "zset": lambda name: client.zrange(name, 0, -1),
        "stream": client.xrange,
    }
    held = readers[kind](key)
    return held if isinstance(held, bytes) else repr(held).encode()


@contextmanager
def said_to_redis(house: House) -> Iterator[list[bytes]]:
    """Everything anybody sends to the server meanwhile: messages, tasks with their arguments, whatever."""
    said: list[bytes] = []
    with redis.from_url(house.env["REDIS_URL"]) as client, client.monitor() as monitor:

        def listen() -> None:
            for command in monitor.listen():
                said.append(command["command"].encode("utf-8", "surrogateescape"))
                if command["command"].startswith("ECHO that-is-all"):
                    return

        listener = threading.Thread(target=listen)
        listener.start()
        try:
            yield said
        finally:
            with redis.from_url(house.env["REDIS_URL"]) as last:
                last.echo("that-is-all")
            listener.join(20)


def told_to_model(house: House, sessions: list[str]) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """What the model was sent in these sessions: every event, and every byte of sound."""
    events = {
        f"model {session}": repr(house.model_session(session)["received"]).encode()
        + repr(house.model_session(session)["items"]).encode()
        for session in sessions
    }
    return events, {f"model {session} sound": house.received(session) for session in sessions}


def of_recordings(house: House) -> dict[str, bytes]:
    """Each channel of each stored recording, as mu-law."""
    found = {}
    for path in (house.var / "recordings").rglob("*.wav"):
        samples, rate = soundfile.read(io.BytesIO(path.read_bytes()), dtype="int16", always_2d=True)
        assert rate == 8000
        for channel in range(samples.shape[1]):
            found[f"recording {path.name} {channel}"] = encode_mulaw(samples[:, channel].astype(np.float64))
    return found
