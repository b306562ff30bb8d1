"""The document for disasters: what callers of a trunk hear when none of its addresses answers.

The same words go out from here, and into a file that can stand on any other host: that one helps when we are away too.
"""

from urllib.parse import urlsplit

from django.conf import settings

from calls.carrier import twiml
from calls.models import Number
from compliance.numbers import parse_e164

WORDS = "We are sorry, our telephone system cannot be reached right now. Please try again later. Goodbye."


def our_url() -> str:
    """Where we serve it."""
    return twiml.public_url("/twilio/disaster/")


def our_host() -> str:
    """The host that is away when we are."""
    return urlsplit(settings.PUBLIC_URL).hostname or ""


def document(words: str = WORDS) -> str:
    """What the carrier carries out: these words, or the fallback number of the settings where there is one."""
    return twiml.dial_fallback(apology=words)


def warnings() -> list[str]:
    """What is doubtful about it, as sentences."""
    if not settings.FALLBACK_NUMBER:
        return ["FALLBACK_NUMBER is not set: callers hear that nobody can be reached, and the call ends."]
    fallback = parse_e164(settings.FALLBACK_NUMBER, region=settings.DEFAULT_REGION)
    if Number.objects.filter(e164=fallback, trunk__isnull=False).exists():
        return ["FALLBACK_NUMBER is a number of a trunk: its calls would come back to where nobody answers."]
    return []
