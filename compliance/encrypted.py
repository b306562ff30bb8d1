"""Columns that are encrypted at rest, with keys that can be changed while everything runs, and a keyed look-up.

A value is stored as `e1:<what it can be found by>:<which key>:<ciphertext>`: AES-256-GCM under the first key of
FIELD_KEYS; any key of the list decrypts. What it can be found by are keyed hashes (HMAC under LOOKUP_KEY) of the whole
value and of its words, so that a name is found by whole words, and nobody without the key learns one from the other.
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django import forms
from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.db.models import Field, Lookup

if TYPE_CHECKING:
    _Lookup = Lookup[Any]
else:
    _Lookup = Lookup

_MARK = "e1:"
_MOST_WORDS = 12
_WORD = re.compile(r"\w+")
_AAD = b"contactcenter column"
# What is shown where no key of the list fits.
UNREADABLE = "(encrypted with a key that is not here)"


class Unreadable(str):
    """A stored value that no key decrypts. Saved again, it stays what it is."""

    stored: str


@lru_cache(maxsize=16)
def _derived(secret: str, use: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"contactcenter " + use).derive(secret.encode())


@lru_cache(maxsize=16)
def _cipher(secret: str) -> AESGCM:
    return AESGCM(_derived(secret, b"field"))


@lru_cache(maxsize=16)
def _key_name(secret: str) -> str:
    return hashlib.sha256(_derived(secret, b"field name")).hexdigest()[:8]


def keyed_hash(text: str, *, use: str = "number") -> str:
    """A hash that only who has LOOKUP_KEY can compute: finds a number again that is stored nowhere."""
    return hmac.digest(_derived(settings.LOOKUP_KEY, use.encode()), text.encode(), "sha256").hex()


def encrypt(text: str, *, is_searchable: bool = False) -> str:
    """A value as it is stored; nothing stays nothing."""
    if not text:
        return ""
    secret = settings.FIELD_KEYS[0]
    nonce = secrets.token_bytes(12)
    sealed = nonce + _cipher(secret).encrypt(nonce, text.encode(), _AAD)
    found_by = _found_by(text) if is_searchable else ""
    return f"{_MARK}{found_by}:{_key_name(secret)}:{base64.urlsafe_b64encode(sealed).decode()}"


def decrypt(stored: str) -> str:
    """The value behind what is stored. Something from before it was encrypted is what it says."""
    if not stored.startswith(_MARK):
        return stored
    _, _, name, sealed = stored.split(":", 3)
    for secret in settings.FIELD_KEYS:
        if _key_name(secret) == name:
            raw = base64.urlsafe_b64decode(sealed)
            try:
                return _cipher(secret).decrypt(raw[:12], raw[12:], _AAD).decode()
            except InvalidTag:
                break
    lost = Unreadable(UNREADABLE)
    lost.stored = stored
    return lost


def is_current(stored: str) -> bool:
    """True when a stored value needs no other key."""
    return not stored or (stored.startswith(_MARK) and stored.split(":", 3)[2] == _key_name(settings.FIELD_KEYS[0]))


def _found_by(text: str) -> str:
    return ".".join([_whole(text), *sorted({_word(word) for word in _words(text)[:_MOST_WORDS]}), ""])


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _whole(text: str) -> str:
    return keyed_hash(" ".join(text.casefold().split()), use="whole")[:20]


def _word(word: str) -> str:
    return keyed_hash(word, use="word")[:12]


class EncryptedField(models.TextField):
    """Text that is encrypted where it is stored. `max_length` counts what people write.

    Searchable, it is found whole (`exact`, `iexact`, `in`) and by whole words (`contains` and its kin). Otherwise only
    being empty can be asked for.
    """

    def __init__(self, *args: Any, is_searchable: bool = False, **kwargs: Any) -> None:
        self.is_searchable = is_searchable
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """For migrations."""
        name, path, args, kwargs = super().deconstruct()
        if self.is_searchable:
            kwargs["is_searchable"] = True
        return name, path, args, kwargs

    def from_db_value(self, stored: str | None, *_: Any) -> str | None:
        """Decrypt what comes from the database."""
        return None if stored is None else decrypt(stored)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Encrypt what goes there."""
        if value is None or hasattr(value, "as_sql"):
            return super().get_db_prep_save(value, connection)
        if isinstance(value, Unreadable):
            return value.stored
        return encrypt(str(value), is_searchable=self.is_searchable)

    def get_lookup(self, lookup_name: str) -> type[_Lookup] | None:
        """Only what the hashes beside the ciphertext can answer."""
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        return _LOOKUPS.get(lookup_name)

    def get_transform(self, lookup_name: str) -> None:
        """A ciphertext has no parts."""

    def formfield(self, **kwargs: Any) -> Any:
        """One line, as long as people may write."""
        field = {"form_class": forms.CharField, "max_length": self.max_length, "widget": forms.TextInput} | kwargs
        return Field.formfield(self, **field)


class EncryptedEmailField(EncryptedField):
    """An e-mail address that is encrypted where it is stored."""

    default_validators = models.EmailField.default_validators

    def formfield(self, **kwargs: Any) -> Any:
        """As e-mail addresses are written."""
        return super().formfield(**{"form_class": forms.EmailField, "widget": forms.EmailInput} | kwargs)


class UnreadableMapping(dict[str, str]):
    """Stored texts that no key decrypts. Saved again, they stay what they are."""

    stored: str


class EncryptedMappingField(EncryptedField):
    """Named texts (`{"city": "Reno"}`), encrypted together where they are stored; nothing can be asked of them."""

    if TYPE_CHECKING:  # what the stubs of a model's attributes look at
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def from_db_value(self, stored: str | None, *_: Any) -> Any:
        """Decrypt what comes from the database."""
        if not stored:
            return None if stored is None else {}
        plain = decrypt(stored)
        if isinstance(plain, Unreadable):
            lost = UnreadableMapping({"": UNREADABLE})
            lost.stored = plain.stored
            return lost
        return json.loads(plain)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Encrypt what goes there."""
        if isinstance(value, UnreadableMapping):
            return value.stored
        if isinstance(value, dict):
            value = json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else ""
        return super().get_db_prep_save(value, connection)

    def to_python(self, value: Any) -> Any:
        """What it is already, or the JSON of it."""
        return value if value is None or isinstance(value, dict) else json.loads(value or "{}")


def columns() -> list[EncryptedField]:
    """Every encrypted column there is."""
    fields = [field for model in apps.get_models() for field in model._meta.concrete_fields]
    return [field for field in fields if isinstance(field, EncryptedField)]


class _Found(_Lookup):
    """A look-up by the hashes that stand before the ciphertext."""

    prepare_rhs = False
    patterns: Callable[..., list[str]]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        field = self.lhs.output_field
        column, params = self.process_lhs(compiler, connection)
        wanted = self.rhs
        if wanted == "" or wanted is None:
            return f"{column} = ''", tuple(params)
        if not field.is_searchable:
            raise FieldError(f"{field.name} is encrypted: it cannot be searched.")
        parts = type(self).patterns(wanted)
        if not parts:
            return "1 = 0", ()
        return self.joined.join([f"{column} LIKE %s"] * len(parts)), (*(tuple(params) * len(parts)), *parts)

    joined = " AND "


class _Whole(_Found):
    lookup_name = "exact"
    patterns = staticmethod(lambda wanted: [f"{_MARK}{_whole(str(wanted))}.%"])


class _AnyOf(_Found):
    lookup_name = "in"
    joined = " OR "
    patterns = staticmethod(lambda wanted: [f"{_MARK}{_whole(str(one))}.%" for one in wanted])

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        sql, params = super().as_sql(compiler, connection)
        return f"({sql})", tuple(params)


class _ByWords(_Found):
    lookup_name = "contains"
    patterns = staticmethod(lambda wanted: [f"{_MARK}%.{_word(word)}.%" for word in _words(str(wanted))])


_LOOKUPS: dict[str, type[_Lookup]] = {
    "exact": _Whole,
    "iexact": _Whole,
    "in": _AnyOf,
    **dict.fromkeys(
        ("contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "search"), _ByWords
    ),
}
