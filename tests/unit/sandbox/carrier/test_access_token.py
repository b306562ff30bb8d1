"""The token of a browser's telephone, held against the carrier's own library."""

import time

import pytest

from sandbox.carrier import access_token
from sandbox.carrier.access_token import Unwelcome
from tests.unit.sandbox.carrier.conftest import ACCOUNT
from tests.unit.sandbox.carrier.tokens import HEADER, KEY, SECRET, forged, minted


def read(token: str, *, now_s: float | None = None):
    return access_token.read(token, account_sid=ACCOUNT, api_keys={KEY: SECRET}, now_s=now_s or time.time())


def test_a_token_of_the_library_is_good():
    found = read(minted())
    assert found.identity == "agent_3"
    assert found.expires_at_s == pytest.approx(time.time() + 3600, abs=5)
    assert read(forged()).identity == "agent_3"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", 20101),
        ("a.b", 20101),
        ("!.b.c", 20102),
        (forged(header={**HEADER, "alg": "none"}), 20102),
        (forged(header={"typ": "JWT", "alg": "HS256"}), 20102),
        (forged(header=[]), 20102),
        (forged(iss="SK" + "b" * 32), 20103),
        (forged(sub="AC" + "9" * 32), 20103),
        (forged(secret="guessed"), 20107),
        (forged().rpartition(".")[0] + ".", 20107),
        (forged(exp=int(time.time()) - 1), 20104),
        (forged(exp=None), 20104),
        (forged(exp=True), 20104),
        (forged(nbf=int(time.time()) + 600), 20105),
        (forged(exp=int(time.time()) + 90_000), 20108),
        (forged(grants={}), 20106),
        (forged(grants={"identity": "agent_3", "voice": {"incoming": {"allow": False}}}), 20106),
        (forged(grants={"identity": "two words", "voice": {"incoming": {"allow": True}}}), 20106),
        (minted(incoming=False), 20106),
    ],
)
def test_a_bad_token_is_refused_with_the_carriers_code(token, code):
    with pytest.raises(Unwelcome) as refused:
        read(token)
    assert refused.value.code == code


def test_a_good_token_is_good_until_it_expires():
    token = minted(ttl=60)
    assert read(token, now_s=time.time() + 50)
    with pytest.raises(Unwelcome, match="expired"):
        read(token, now_s=time.time() + 70)
