"""Tokens of a browser's telephone: as the carrier's library mints them, and others."""

import base64
import hashlib
import hmac
import json
import time

from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from tests.unit.sandbox.carrier.conftest import ACCOUNT

KEY, SECRET = "SK" + "a" * 32, "0f" * 16
HEADER = {"typ": "JWT", "alg": "HS256", "cty": "twilio-fpa;v=1"}


def minted(*, identity: str = "agent_3", incoming: bool = True, ttl: int = 3600) -> str:
    """As the carrier's library makes it."""
    # The sandbox's clock stands still since it was opened, and the wall's does not: not "not yet valid" there.
    token = AccessToken(ACCOUNT, KEY, SECRET, identity=identity, ttl=ttl, nbf=int(time.time()) - 60)
    token.add_grant(VoiceGrant(incoming_allow=incoming))
    return token.to_jwt()


def forged(*, header: object = HEADER, secret: str = SECRET, **claims: object) -> str:
    """A token with these claims in place of the good ones; None leaves one out."""
    now = int(time.time())
    good = {"iss": KEY, "sub": ACCOUNT, "iat": now, "exp": now + 3600}
    good["grants"] = {"identity": "agent_3", "voice": {"incoming": {"allow": True}}}
    facts = {name: value for name, value in {**good, **claims}.items() if value is not None}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, facts)]
    signature = hmac.new(secret.encode(), ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=").decode()])
