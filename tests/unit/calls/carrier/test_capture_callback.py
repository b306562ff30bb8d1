"""What comes back of a secret: read once, and nothing that prints, stores or copies it can show it."""

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.carrier.capture_callback import SECRET_PARAMETERS, Keyed, captured, without_secrets

PIN = "493817265"


@pytest.mark.parametrize("show", [repr, str, format, "{}".format, "%s".__mod__, lambda keyed: f"{keyed!r:>40}{keyed}"])
def test_digits_show_in_nothing_that_is_printed(show) -> None:
    shown = show(Keyed(PIN))
    assert "keyed" in shown
    assert not any(digit in shown for digit in PIN)


@pytest.mark.parametrize("store", [pickle.dumps, json.dumps, copy.copy, copy.deepcopy])
def test_digits_cannot_be_stored_or_copied(store) -> None:
    with pytest.raises(TypeError):
        store(Keyed(PIN))


def test_digits_are_not_in_the_fields_of_what_holds_them() -> None:
    came = captured({"CallSid": "CA1", "Digits": PIN})
    assert PIN not in repr(came)
    assert not hasattr(came.keyed, "__dict__")


def test_digits_are_given_out_once() -> None:
    keyed = Keyed(PIN)
    assert (len(keyed), keyed.holds("4"), keyed.take(), keyed.take(), len(keyed)) == (9, True, PIN, "", 0)


def test_a_gathers_answer() -> None:
    came = captured({"CallSid": "CA1", "Digits": "12*"})
    assert (came.leg_sid, came.pay_result, len(came.keyed)) == ("CA1", "", 3)


def test_a_gathers_answer_without_digits() -> None:
    assert len(captured({"CallSid": "CA1"}).keyed) == 0


def test_a_providers_answer() -> None:
    came = captured(
        {
            "CallSid": "CA1",
            "Result": "success",
            "PaymentCardNumber": "xxxxxxxxxxxx4242",
            "PaymentToken": "tok_longsecret9876",
            "PaymentConfirmationCode": "ch_1",
            "ExpirationDate": "0931",
            "SecurityCode": "xxx",
        }
    )
    assert (came.keyed, came.masked, came.token_end, came.reference) == (None, "•••• 4242", "9876", "ch_1")
    assert "0931" not in repr(came)
    assert "longsecret" not in repr(came)


def test_a_card_that_nobody_masked_is_masked() -> None:
    came = captured({"Result": "success", "PaymentCardNumber": "4111111111111111"})
    assert came.masked == "•••• 1111"


def test_numbers_within_an_error_are_not_repeated() -> None:
    assert captured({"Result": "x", "PaymentError": "card 4111111111111111 declined, 3 tries"}).error == (
        "card … declined, 3 tries"
    )


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=700), max_size=8))
def test_no_form_is_too_strange(form: dict[str, str]) -> None:
    came = captured(form)
    assert came.keyed is None or len(came.keyed) <= 100
    assert "\x00" not in came.leg_sid + came.reference + came.pay_result


def test_a_form_that_is_written_down_holds_no_secret() -> None:
    form = {"CallSid": "CA1", "CallStatus": "in-progress"} | dict.fromkeys(SECRET_PARAMETERS, PIN)
    assert without_secrets(form) == {"CallSid": "CA1", "CallStatus": "in-progress"}
