"""The key a browser shows to the carrier to be reached as a softphone.

Source: https://www.twilio.com/docs/iam/access-tokens#create-an-access-token-for-voice.
"""

from django.conf import settings
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from calls.carrier.errors import CarrierError

LIFE_S = 3600


def what_is_missing(sentence: str) -> str:
    """This sentence with the settings that are missing for softphones; empty when none is."""
    wanted = ("TWILIO_ACCOUNT_SID", "TWILIO_API_KEY", "TWILIO_API_SECRET")
    missing = [name for name in wanted if not getattr(settings, name)]
    return f"{sentence} (not set: {', '.join(missing)})." if missing else ""


def softphone_token(identity: str) -> str:
    """A token with which `identity` can be rung for an hour, and can call nobody. Raises CarrierError without a key."""
    if what_is_missing(""):
        raise CarrierError("the carrier's API key is not set (TWILIO_API_KEY, TWILIO_API_SECRET)", is_permanent=True)
    token = AccessToken(
        settings.TWILIO_ACCOUNT_SID,
        settings.TWILIO_API_KEY,
        settings.TWILIO_API_SECRET,
        identity=identity,
        ttl=LIFE_S,
        region=settings.TWILIO_REGION or None,
    )
    token.add_grant(VoiceGrant(incoming_allow=True))
    signed: str = token.to_jwt()
    return signed
