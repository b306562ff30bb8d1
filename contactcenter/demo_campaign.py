"""The demo's campaign: a few people who wait for a parcel, most of whom have agreed to be called about it.

It is approved and not begun, so that a supervisor can start it. Its people are of the simulated telephone network;
who answers how is in `deploy/environment.py`.
"""

import hashlib
from datetime import datetime, timedelta

from agents.models import Assistant
from calls.campaigns import launching
from calls.models import Campaign, Contact, Number
from compliance.models import ConsentRecord
from contactcenter import demo

NAME = "Delivery on its way"
TOPIC = "the delivery of an order"
AUTHOR, APPROVER = "ada@demo.test", "sam@demo.test"
# number -> name, state of the address, have they agreed
CUSTOMERS = {
    "+12125550131": ("Nora Whitfield", "NY", True),
    "+13105550132": ("Theo Brandt", "CA", True),
    "+18085550133": ("Malia Kahale", "HI", True),
    "+12125550134": ("Gus Pereira", "NY", True),
    "+18085550135": ("Keanu Silva", "HI", True),
    "+13105550136": ("Ines Duarte", "CA", True),
    "+12125550137": ("Walter Quist", "NY", False),
    "+18005550138": ("Somebody's switchboard", "", True),
}
_CONSENT = (
    f"Yes, {demo.BUSINESS} may call me about the delivery of my order at this number, also with an artificial, "
    "AI-generated voice."
)


def plant(assistant: Assistant, number: Number, *, now: datetime) -> Campaign:
    """Write the campaign, unless it is there."""
    known = Campaign.objects.filter(name=NAME).first()
    if known is not None:
        return known
    fields = {
        "name": NAME,
        "purpose": "informational",
        "topic": TOPIC,
        "seller": demo.BUSINESS,
        "assistant": assistant,
        "calls_per_second": 1,
        "max_concurrent": 2,
        "window_from": "08:00",
        "window_to": "21:00",
        "retries": {"busy": 10, "no-answer": 60, "machine_hung_up": 120},
        "voicemail": "leave",
        "voicemail_words": "Your order is on its way. Call us back if nobody will be at home to take it.",
    }
    campaign = launching.draft(fields=fields, numbers=[number], by=AUTHOR, now=now)
    campaign.refresh_from_db()
    Contact.take_in(
        [
            Contact(campaign=campaign, number=e164, name=name, address_state=state, due_at=now)
            for e164, (name, state, _) in CUSTOMERS.items()
        ]
    )
    for e164, (name, _, has_agreed) in CUSTOMERS.items():
        if has_agreed:
            _agree(e164, name, now=now)
    launching.submit(campaign=campaign, by=AUTHOR, now=now)
    launching.approve(campaign=campaign, by=APPROVER, now=now)
    return campaign


def _agree(number: str, name: str, *, now: datetime) -> None:
    ConsentRecord.record(
        number=number,
        kind=ConsentRecord.Kind.EXPRESS,
        by="seed_demo",
        now=now,
        person_name=name,
        channels=["voice"],
        sellers=[demo.BUSINESS],
        purposes=["informational"],
        topic=TOPIC,
        captured_at=now - timedelta(days=3),
        zone="America/New_York",
        text=_CONSENT,
        text_version="1",
        text_sha256=hashlib.sha256(_CONSENT.encode()).hexdigest(),
        method="the order form on our page",
        source="https://marlow.example/checkout",
        subject_ref="form:checkout",
    )
