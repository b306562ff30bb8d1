"""A thousand forged requests are all refused, and a thousand genuine variants all let in; signed here by hand."""

import base64
import hashlib
import hmac
import random
from dataclasses import dataclass, replace

import pytest
from django.http import QueryDict

from calls.carrier import signature

TOKEN, NEXT, HOST = "0123456789abcdef0123456789abcdef", "f" * 32, "voice.example.com"
SHA256 = "key=k,algorithm=HMAC_SHA256"
PATHS = ("/twilio/voice/", "/twilio/status/", "/twilio/sip/after/17/", "/twilio/offer/a-b/", "/twilio/vo%C3%AFce/")
VALUES = (
    "+14155550100",
    "",
    "Zoë Ω 语",
    "a&b=c",
    "x" * 1600,
    " ",
    "sip:me@example.com;transport=tls",
    "0",
    "\u202e<b>",
)


@dataclass(frozen=True)
class Signed:
    """A post as it comes in. Its fields may come twice."""

    path: str
    query: str
    fields: tuple[tuple[str, str], ...]
    given: str
    header: str = ""

    def is_genuine(self) -> bool:
        """What we say of it."""
        form = QueryDict(mutable=True)
        for name, value in self.fields:
            form.appendlist(name, value)
        return signature.is_genuine_post(
            path=self.path, query=self.query, form=form, signature=self.given, settings_header=self.header
        )


def a_post(dice: random.Random, *, token: str = TOKEN, port: str = "") -> Signed:
    """A genuine one. https://www.twilio.com/docs/usage/webhooks/webhooks-security"""
    names = dice.sample(["CallSid", "From", "To", "Digits", "SpeechResult", "AnsweredBy", "A", "a", "Z9"], 5)
    fields = [(name, dice.choice(VALUES)) for name in names]
    if dice.random() < 0.2:
        fields.append((names[0], "once more"))
    dice.shuffle(fields)
    path, query = dice.choice(PATHS), dice.choice(["", "", "lang=es&step=2", "x=%20y"])
    text = f"https://{HOST}{port}{path}" + (f"?{query}" if query else "")
    text += "".join(name + value for name, value in sorted(set(fields)))
    is_new = dice.random() < 0.5
    made = hmac.new(token.encode(), text.encode(), hashlib.sha256 if is_new else hashlib.sha1).digest()
    return Signed(path, query, tuple(fields), base64.b64encode(made).decode(), SHA256 if is_new else "")


@pytest.fixture(autouse=True)
def tokens(settings) -> None:
    settings.TWILIO_AUTH_TOKEN, settings.TWILIO_AUTH_TOKEN_SECONDARY = TOKEN, NEXT
    settings.PUBLIC_URL = f"https://{HOST}"


def test_a_thousand_genuine_ones_of_every_kind_are_let_in() -> None:
    dice = random.Random(6)
    for _ in range(1_000):
        post = a_post(dice, token=dice.choice([TOKEN, NEXT]), port=dice.choice(["", "", ":443"]))
        assert post.is_genuine(), post


def altered(dice: random.Random) -> Signed:
    """One that was genuine, or never was."""
    post = a_post(dice)
    given = base64.b64decode(post.given)
    place = dice.randrange(len(given))
    flipped = given[:place] + bytes([given[place] ^ (1 << dice.randrange(8))]) + given[place + 1 :]
    name, value = post.fields[0]
    return dice.choice([
        replace(post, given=base64.b64encode(flipped).decode()),
        replace(post, given=dice.choice(["", "=", "é", "AAAA", post.given[:-2], post.given * 2, "\x00"])),
        replace(post, fields=((name, value + dice.choice(["0", " ", "\u200b"])), *post.fields[1:])),
        replace(post, fields=(*post.fields, ("Extra", "1"))),
        replace(post, fields=post.fields[1:] if value or post.fields[0] in post.fields[1:] else ()),
        replace(post, path=post.path.rstrip("/") + "x/"),
        replace(post, query=post.query + "&more=1"),
        replace(post, header="" if post.header else SHA256),
        a_post(dice, token="e" * 32),
        a_post(dice, port=":8443"),
    ])  # fmt: skip


def test_of_a_thousand_forged_ones_none_is_let_in() -> None:
    dice = random.Random(7)
    for _ in range(1_000):
        post = altered(dice)
        assert not post.is_genuine(), post


def test_a_handshake_is_let_in_with_its_slash_and_its_port_or_without_and_forged_ones_are_not() -> None:
    dice = random.Random(8)
    for _ in range(1_000):
        path = f"/twilio/media/vm-{dice.randrange(9)}"
        spelled = f"wss://{HOST}{dice.choice(['', ':443'])}{path}{dice.choice(['', '/'])}"
        token = dice.choice([TOKEN, NEXT])
        made = hmac.new(token.encode(), spelled.encode(), hashlib.sha1).digest()
        given = base64.b64encode(made).decode()
        assert signature.is_genuine_handshake(url=f"wss://{HOST}{path}/", signature=given)
        assert not signature.is_genuine_handshake(url=f"wss://{HOST}{path}0/", signature=given)
        assert not signature.is_genuine_handshake(url=f"wss://{HOST}{path}/", signature=given[:-3] + "AA=")
