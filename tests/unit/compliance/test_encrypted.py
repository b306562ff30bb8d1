"""What is encrypted says nothing, comes back with any key of the list, and can be found by who has the key."""

from typing import Any

import pytest
from django.core.exceptions import FieldError

from calls.models import Contact
from compliance import encrypted
from compliance.encrypted import UNREADABLE, Unreadable
from compliance.models import Person

NAME = "Ana Ruiz de la Vega"


def test_a_value_comes_back_and_is_never_stored_twice_alike() -> None:
    one, other = encrypted.encrypt(NAME), encrypted.encrypt(NAME)
    assert one != other
    assert "Ana" not in one
    assert encrypted.decrypt(one) == encrypted.decrypt(other) == NAME


def test_nothing_stays_nothing_and_what_was_never_encrypted_is_read() -> None:
    assert encrypted.encrypt("") == ""
    assert encrypted.decrypt("") == ""
    assert encrypted.decrypt("Ana") == "Ana"


def test_an_old_key_decrypts_and_only_the_first_is_current(settings: Any) -> None:
    settings.FIELD_KEYS = ["old"]
    stored = encrypted.encrypt(NAME)
    assert encrypted.is_current(stored)
    settings.FIELD_KEYS = ["new", "old"]
    assert encrypted.decrypt(stored) == NAME
    assert not encrypted.is_current(stored)


def test_without_its_key_it_is_said_to_be_so_and_kept_as_it_is(settings: Any) -> None:
    settings.FIELD_KEYS = ["old"]
    stored = encrypted.encrypt(NAME)
    settings.FIELD_KEYS = ["new"]
    lost = encrypted.decrypt(stored)
    assert isinstance(lost, Unreadable)
    assert lost == UNREADABLE
    assert Person._meta.get_field("name").get_db_prep_save(lost, connection=None) == stored


def test_a_changed_ciphertext_is_not_read() -> None:
    stored = encrypted.encrypt(NAME)
    changed = stored[:-6] + ("A" if stored[-6] != "A" else "B") + stored[-5:]
    assert isinstance(encrypted.decrypt(changed), Unreadable)


def test_named_texts_are_encrypted_together_and_come_back(settings: Any) -> None:
    settings.FIELD_KEYS = ["old"]
    column, told = Contact._meta.get_field("fields"), {"city": "Reno", "Größe": "7½"}
    stored = column.get_db_prep_save(told, connection=None)
    assert "Reno" not in stored
    assert column.from_db_value(stored) == told
    assert column.from_db_value('{"city": "Reno"}') == {"city": "Reno"}, "from before it was encrypted"
    assert column.from_db_value(column.get_db_prep_save({}, connection=None)) == {}
    settings.FIELD_KEYS = ["new"]
    lost = column.from_db_value(stored)
    assert "Reno" not in str(lost)
    assert column.get_db_prep_save(lost, connection=None) == stored


def sql(**asked: object) -> str:
    return str(Person.objects.filter(**asked).query)


def test_a_name_is_found_whole_and_by_words_whatever_their_case() -> None:
    stored = encrypted.encrypt(NAME, is_searchable=True)
    found_by = stored.split(":")[1].split(".")
    assert encrypted._whole("ana  RUIZ de la vega") == found_by[0]
    assert encrypted._word("ruiz") in found_by[1:]
    assert "LIKE" in sql(name="Ana Ruiz")
    assert sql(name__icontains="Ruiz Vega").count("LIKE") == 2


def test_what_may_not_be_searched_says_so() -> None:
    with pytest.raises(FieldError, match="address is encrypted: it cannot be searched"):
        sql(address__icontains="Main Street")


def test_a_number_is_recognised_only_with_the_key(settings: Any) -> None:
    one = encrypted.keyed_hash("+14155552671")
    assert encrypted.keyed_hash("+14155552671") == one != encrypted.keyed_hash("+14155552672")
    settings.LOOKUP_KEY = "another"
    assert encrypted.keyed_hash("+14155552671") != one
