"""What the vendors' settings must be for calls, and the news of them, to reach us."""


def of_number(public_url: str) -> dict[str, str]:
    """The settings of a number whose calls and messages come to us."""
    return {
        "voice_url": f"{public_url}/twilio/voice/",
        "voice_method": "POST",
        "voice_fallback_url": f"{public_url}/twilio/voice/fallback/",
        "voice_fallback_method": "POST",
        "status_callback": f"{public_url}/twilio/status/",
        "status_callback_method": "POST",
        "sms_url": f"{public_url}/twilio/message/",
        "sms_method": "POST",
    }


def is_same_address(one: str, other: str) -> bool:
    """Whether two addresses are asked alike: what follows `#` is for the carrier, and is neither sent nor signed."""
    return one.partition("#")[0] == other.partition("#")[0]


def overrides_in(address: str) -> dict[str, str]:
    """The connection overrides behind `#`.

    https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
    """
    pairs = (part.partition("=") for part in address.partition("#")[2].split("&") if part)
    return {name: value for name, _, value in pairs}
