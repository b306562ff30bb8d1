"""Pointing the account's numbers here: shown first, done when asked, and put back as it was."""

from tests.journeys.console import at_carrier
from tests.journeys.house import NUMBERS, House

ELSEWHERE = "https://old-host.example/voice"


def test_numbers_are_compared_pointed_here_and_put_back(house: House) -> None:
    at_carrier(house, NUMBERS[1], VoiceUrl=ELSEWHERE)
    shown = house.manage("configure_twilio", "--dry-run", code=1)
    assert f"{NUMBERS[0]}  points at us" in shown
    assert f"{NUMBERS[1]}  voice_url: {ELSEWHERE} -> {house.url}/twilio/voice/" in shown
    assert at_carrier(house, NUMBERS[1])["voice_url"] == ELSEWHERE

    house.manage("configure_twilio", "--yes")
    assert at_carrier(house, NUMBERS[1])["voice_url"] == f"{house.url}/twilio/voice/"
    assert "points at us" in house.manage("configure_twilio", "--dry-run")

    # Changed once more and pointed here once more: what is put back is what was there before us.
    at_carrier(house, NUMBERS[1], VoiceUrl="https://other.example/")
    house.manage("configure_twilio", "--yes")
    house.manage("configure_twilio", "--undo")
    assert at_carrier(house, NUMBERS[1])["voice_url"] != f"{house.url}/twilio/voice/"
    assert at_carrier(house, NUMBERS[0])["voice_url"] == ""
    house.manage("configure_twilio", "--undo", code=1)
    house.manage("configure_twilio", "--yes")


def test_an_account_that_does_not_answer_is_said_plainly(house: House) -> None:
    house.ask("POST", "faults", json={"rest": {"count": 3, "answer": "500"}})
    assert "Traceback" not in house.manage("configure_twilio", "--dry-run", code=1)
