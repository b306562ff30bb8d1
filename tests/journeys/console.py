"""The carrier's account as its owner changes it, in the console: by the same API."""

from typing import Any

import requests

from tests.journeys.house import House


def ask(house: House, method: str, product: str, path: str, **form: str) -> dict[str, Any]:
    """One request to the API of a product: api, trunking …"""
    auth = (house.env["TWILIO_ACCOUNT_SID"], house.env["TWILIO_AUTH_TOKEN"])
    host = {"X-Twilio-Host": f"{product}.twilio.com"}
    answer = requests.request(
        method,
        f"{house.carrier}{path}",
        params=form if method == "GET" else None,
        data=form if method != "GET" else None,
        auth=auth,
        headers=host,
        timeout=20,
    )
    assert answer.ok, answer.text
    return dict(answer.json())


def at_carrier(house: House, e164: str, **change: str) -> dict[str, Any]:
    """A number's settings at the carrier, after a change by somebody else."""
    numbers = f"/2010-04-01/Accounts/{house.env['TWILIO_ACCOUNT_SID']}/IncomingPhoneNumbers"
    (number,) = ask(house, "GET", "api", f"{numbers}.json", PhoneNumber=e164)["incoming_phone_numbers"]
    return ask(house, "POST", "api", f"{numbers}/{number['sid']}.json", **change) if change else dict(number)


def a_trunk(house: House, name: str) -> str:
    """The SID of a new trunk."""
    return str(ask(house, "POST", "trunking", "/v1/Trunks", FriendlyName=name)["sid"])
