"""The `FromCity`, `FromState`, `FromZip` and `FromCountry` family: what a carrier guesses from a number.

A handful of area codes is enough; for all others the parameters are empty strings, as they often are in truth.
"""

_AREAS = {
    "212": ("NEW YORK", "NY", "10001"),
    "206": ("SEATTLE", "WA", "98101"),
    "305": ("MIAMI", "FL", "33101"),
    "312": ("CHICAGO", "IL", "60601"),
    "404": ("ATLANTA", "GA", "30303"),
    "415": ("SAN FRANCISCO", "CA", "94105"),
    "503": ("PORTLAND", "OR", "97201"),
    "512": ("AUSTIN", "TX", "78701"),
    "617": ("BOSTON", "MA", "02108"),
    "718": ("BROOKLYN", "NY", "11201"),
}
_COUNTRIES = {"+1": "US", "+44": "GB", "+49": "DE", "+33": "FR", "+34": "ES", "+39": "IT", "+61": "AU", "+81": "JP"}


def guess(party: str) -> tuple[str, str, str, str]:
    """City, state, postal code and country of a number; empty strings where nothing is known."""
    country = next((name for prefix, name in _COUNTRIES.items() if party.startswith(prefix)), "")
    city, state, postal_code = _AREAS.get(party[2:5], ("", "", "")) if country == "US" else ("", "", "")
    return city, state, postal_code, country


def params(*, from_: str, to: str) -> tuple[tuple[str, str], ...]:
    """The parameters for both parties, under each of the names the carrier uses."""
    found = []
    for prefix, party in (("From", from_), ("Caller", from_), ("To", to), ("Called", to)):
        for part, value in zip(("City", "State", "Zip", "Country"), guess(party), strict=True):
            found.append((prefix + part, value))
    return tuple(found)
