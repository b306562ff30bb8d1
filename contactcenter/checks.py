"""What `manage.py check --deploy` says about keys that are only good for development."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004

_OWN = {
    "FIELD_KEYS": "Names and addresses are encrypted with a key made from SECRET_KEY: whoever changes that loses them.",
    "LOOKUP_KEY": "Erased numbers are recognised by a key made from SECRET_KEY: whoever changes that calls them again.",
    "SIGNING_KEY": "Certificates are signed with a key made from SECRET_KEY: whoever changes that cannot check them.",
}


@register(Tags.security, deploy=True)
def keys_of_their_own(**_: Any) -> list[CheckMessage]:
    """Every key that outlives SECRET_KEY should be another."""
    found: list[CheckMessage] = []
    for number, (name, why) in enumerate(_OWN.items(), 1):
        value = getattr(settings, name)
        if settings.SECRET_KEY in (value if isinstance(value, list) else [value]):
            found.append(Warning(why, hint=f"Set {name}.", id=f"contactcenter.W00{number}"))
    return found
