"""A case as frozen facts, without a database: what the rules are asked."""

from datetime import datetime, timedelta
from pathlib import Path

from calls.management.what_if_cases import Case
from compliance import ruleset, zones
from compliance.consent_check import ConsentFacts, problems, sha256_of, wording
from compliance.customer import (
    CustomerFacts,
    HeldConsent,
    ListCopy,
    NumberFacts,
    PersonFacts,
    ReassignedFacts,
    RevokedConsent,
    StateFacts,
)
from compliance.numbers import read_address
from compliance.places import STATES
from compliance.verdict import CampaignFacts, DialFacts, DialRequest, DoorFacts

ROOT = Path(__file__).resolve().parents[3]
US = ("US", "PR", "GU", "VI", "AS", "MP")
OURS, SELLER, TOPIC = "+14155550100", "Acme Home Energy", "solar panels"
TEXT = wording(SELLER)
PURPOSES = ("telemarketing", "informational", "healthcare")


def the_law() -> ruleset.Ruleset:
    """The law that comes with the software."""
    id_, first, rows = ruleset.read_file((ROOT / "compliance/rulesets/2026-11.toml").read_text(encoding="utf-8"))
    return ruleset.load(id_=id_, effective_from=first, rows=rows, sha256=ruleset.content_hash(id_, first, rows))


LAW = the_law()


def signed(number: str, at: datetime | None) -> ConsentFacts:
    """A signed record that lacks nothing."""
    return ConsentFacts(
        number=number, kind="written", sellers=(SELLER,), purposes=PURPOSES, topic=TOPIC, captured_at=at,
        zone="America/New_York", person_name="Carol Example", signature="Carol Example", signature_event="typed_name",
        text=TEXT, text_version="3", text_sha256=sha256_of(TEXT), is_separate=True, method="web form",
        source="https://acme.example/solar", ip_address="192.0.2.1", user_agent="Firefox", has_evidence=True,
    )  # fmt: skip


def held(record: ConsentFacts, number: str, *, topic: str = TOPIC, id_: int = 1) -> HeldConsent:
    """A record as the rules see it."""
    return HeldConsent(
        id=id_, kind=record.kind, purposes=record.purposes, topic=topic, channels=("voice",),
        captured_at=record.captured_at, problems=problems(record, number=number, seller=SELLER),
        text_sha256=record.text_sha256,
    )  # fmt: skip


def of_case(case: Case) -> tuple[DialRequest, DialFacts]:
    """What is asked, and what is known."""
    request = DialRequest(
        case.to, case.purpose, OURS, voice=case.voice, seller=SELLER, topic=TOPIC, by="carol", approved_by="alice"
    )
    address = read_address(case.to)
    door = DoorFacts(
        None, is_caller_id_ours=case.is_caller_id_ours, live_legs=0, regions=US,
        campaign=CampaignFacts((OURS,), abandoned_pct=case.abandoned_pct), has_room="no_capacity" not in case.flags,
    )  # fmt: skip
    customer = CustomerFacts(
        NumberFacts(
            address.value, address.region,
            states=zones.states_of_number(address.value, address.region),
            zones=zones.of_number(address.value, address.region),
        ),
        PersonFacts(
            line=case.line, address_state=case.state, address_zone=case.zone,
            purchase_date=_ago(case, case.purchased_days_ago), inquiry_date=_ago(case, case.asked_days_ago),
        ),
        consents=_consents(case, address.value),
        revocations=_revocations(case),
        suppressed=() if case.internal == "no" else (case.internal,),
        lists=(
            ListCopy(
                "National registry", "national", version_date=_ago(case, case.copy_age_days),
                retrieved_at=case.now - timedelta(days=case.copy_age_days), is_listed=case.is_registered,
            ),
            ListCopy("Protected lines", "protected", version_date=case.now.date(), retrieved_at=case.now,
                     is_listed="protected_line" in case.flags),
        ),
        reassigned=None if case.reassigned == "unchecked" else ReassignedFacts(
            case.reassigned, (case.now - timedelta(days=case.consent_age_days)).date(),
            case.now - timedelta(days=case.reassigned_age_days),
        ),
        attempts=case.attempts,
        states=tuple(
            StateFacts(state, ai_sales_signed_off_by="Counsel" if state in case.signed_off else "",
                       is_suspended=state in case.suspended)
            for state in (*STATES, *ruleset.TERRITORIES)
        ),
    )  # fmt: skip
    facts = DialFacts(
        door, is_paused="kill_switch" in case.flags, has_open_permit="in_flight" in case.flags, is_errand_done=False,
        customer=customer,
    )  # fmt: skip
    return request, facts


def _ago(case: Case, days: int | None) -> object:
    return None if days is None else (case.now - timedelta(days=days)).date()


def _consents(case: Case, number: str) -> tuple[HeldConsent, ...]:
    at = case.now - timedelta(days=case.consent_age_days)
    if case.consent == "none":
        return ()
    record = signed(number, at)
    changes = {
        "oral": {"kind": "oral"},
        "express": {"kind": "express"},
        "written_incomplete": {"signature": ""},
        "written_other_seller": {"sellers": ("Somebody Else",)},
        "written_other_number": {"number": "+12125550199"},
    }
    fields = {name: getattr(record, name) for name in ConsentFacts.__dataclass_fields__}
    return (held(ConsentFacts(**fields | changes.get(case.consent, {})), number),)


def _revocations(case: Case) -> tuple[RevokedConsent, ...]:
    if not case.consent.startswith("revoked"):
        return ()
    scope = case.consent.removeprefix("revoked_")
    return (RevokedConsent(scope, case.now, TOPIC if scope == "topic" else ""),)
