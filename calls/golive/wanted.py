"""What the vendors' settings must be for calls, and the news of them, to reach us."""


def of_number(public_url: str, overrides: str = "") -> dict[str, str]:
    """The settings of a number whose calls and messages come to us.

    `overrides`: how the carrier is to connect where a caller waits for the answer, as `rc=2&rt=8000`.
    """
    behind = f"#{overrides}" if overrides else ""
    return {
        "voice_url": f"{public_url}/twilio/voice/{behind}",
        "voice_method": "POST",
        "voice_fallback_url": f"{public_url}/twilio/voice/fallback/{behind}",
        "voice_fallback_method": "POST",
        "status_callback": f"{public_url}/twilio/status/",
        "status_callback_method": "POST",
        "sms_url": f"{public_url}/twilio/message/",
        "sms_method": "POST",
    }


def is_same_address(now: str, wants: str) -> bool:
    """Whether an address is as it must be. What follows `#` is for the carrier, and is neither sent nor signed: where
    we want nothing there, what somebody else wants may stay.
    """
    return now == wants or ("#" not in wants and now.partition("#")[0] == wants)


def overrides_in(address: str) -> dict[str, str]:
    """The connection overrides behind `#`.

    https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
    """
    pairs = (part.partition("=") for part in address.partition("#")[2].split("&") if part)
    return {name: value for name, _, value in pairs}
