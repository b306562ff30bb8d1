"""In which time zones a number of the United States may ring: all those of its area code.

An area code is wider than an exchange, and exchanges mean nothing for mobile and ported numbers; so where an area code
lies in two zones, both count. The library knows zones by exchange, takes memory for it, and is wrong about some area
codes; a test holds this table against it for all others.
"""

from compliance import places

_EASTERN, _CENTRAL, _MOUNTAIN, _PACIFIC = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
)  # fmt: skip
_ARIZONA, _BOISE, _HAWAII = "America/Phoenix", "America/Boise", "Pacific/Honolulu"

# The zone of each state's area codes, where the tables below say nothing else.
_ZONE_OF_STATE = {
    _EASTERN: "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
    _CENTRAL: "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    _MOUNTAIN: "CO MT NM UT WY",
    _PACIFIC: "CA NV OR WA",
    _ARIZONA: "AZ",
    _BOISE: "ID",
    _HAWAII: "HI",
    "America/Anchorage": "AK",
}
_ZONE_OF_REGION = {
    "PR": "America/Puerto_Rico",
    "VI": "America/St_Thomas",
    "GU": "Pacific/Guam",
    "MP": "Pacific/Saipan",
    "AS": "Pacific/Pago_Pago",
}
# Area codes in another zone than most of their state.
_OTHER_ZONE = {"865": _EASTERN, "915": _MOUNTAIN}
# Area codes in two zones, and those about which the library errs.
OVERRIDDEN: dict[str, tuple[str, ...]] = {
    "850 448": (_EASTERN, _CENTRAL),
    "689": (_EASTERN,),
    "270 364": (_CENTRAL, _EASTERN),
    "606": (_EASTERN, _CENTRAL),
    "219 574 812 930": (_EASTERN, _CENTRAL),
    "906": (_EASTERN, _CENTRAL),
    "423": (_EASTERN, _CENTRAL),
    "701 605 308 620 785": (_CENTRAL, _MOUNTAIN),
    "208 986": (_BOISE, _PACIFIC),
    "541 458": (_PACIFIC, _BOISE),
    "775": (_PACIFIC, _MOUNTAIN),
    "928": (_ARIZONA, _MOUNTAIN),  # the Navajo Nation moves its clocks
    "907": ("America/Anchorage", "America/Adak"),
}


def _of_codes() -> dict[str, tuple[str, ...]]:
    zone_of = {state: zone for zone, states in _ZONE_OF_STATE.items() for state in states.split()}
    table: dict[str, tuple[str, ...]] = {}
    table |= {code: (_OTHER_ZONE.get(code, zone_of[state]),) for code, state in places.STATE_OF_AREA_CODE.items()}
    for codes, zones in OVERRIDDEN.items():
        table |= dict.fromkeys(codes.split(), zones)
    return table


OF_AREA_CODE = _of_codes()


def _of_states() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {state: {zone: None} for state, zone in _ZONE_OF_REGION.items()}
    for code, zones in OF_AREA_CODE.items():
        found.setdefault(places.STATE_OF_AREA_CODE[code], {}).update(dict.fromkeys(zones))
    return {state: tuple(zones) for state, zones in found.items()}


# Every zone in which somebody may live who lives in a state or territory.
OF_STATE = _of_states()


def of_number(e164: str, region: str) -> tuple[str, ...]:
    """All zones of a number's area code; empty when nobody can say, and for other countries."""
    if region == "US":
        return OF_AREA_CODE.get(e164[2:5], ())
    return (_ZONE_OF_REGION[region],) if region in _ZONE_OF_REGION else ()


def states_of_number(e164: str, region: str) -> tuple[str, ...]:
    """The state or territory of a number's area code; empty when it is not known, and for other countries."""
    if region in _ZONE_OF_REGION:
        return (region,)
    state = places.STATE_OF_AREA_CODE.get(e164[2:5], "") if region == "US" else ""
    return (state,) if state else ()
