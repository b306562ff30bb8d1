"""Signatures of this installation: Ed25519, so that whoever has the public key can check them without us."""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from compliance import chain


@lru_cache(maxsize=4)
def _key(secret: str) -> Ed25519PrivateKey:
    seed = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"contactcenter signing").derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_key() -> str:
    """The key that signatures are checked with, as hexadecimal digits."""
    return _key(settings.SIGNING_KEY).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def sign(value: object) -> str:
    """The signature of a value's canonical bytes, as hexadecimal digits."""
    return _key(settings.SIGNING_KEY).sign(chain.canonical(value)).hex()


def is_genuine(value: object, *, signature: str, key: str) -> bool:
    """True when this key has signed exactly this value."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), chain.canonical(value))
    except (InvalidSignature, ValueError):
        return False
    return True
