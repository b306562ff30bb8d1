"""May this customer be called now? The question as the families of rules are asked it, and what several of them need.

The places where the telephone may ring are all those of its area code and that of the known address: an address adds
places, it never takes one away. A consent counts when nothing is wrong with it, it covers this call, and it was given
after whatever ended the earlier ones.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from compliance import local_time, zones
from compliance.customer import CustomerFacts, HeldConsent, PersonFacts, RevokedConsent
from compliance.numbers import Kind, channel_of
from compliance.ruleset import EVERYWHERE, Rule, Ruleset
from compliance.verdict import DialFacts, DialRequest, Purpose, Refusal, Voice

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
SIGNED = "signed"


@dataclass(frozen=True)
class Question:
    """One call to one customer at one moment, under one law."""

    request: DialRequest
    facts: DialFacts
    who: CustomerFacts
    law: Ruleset
    now: datetime

    @cached_property
    def today(self) -> date:
        """The day whose law holds, where no place is meant."""
        return self.now.astimezone(UTC).date()

    @cached_property
    def is_sale(self) -> bool:
        """Telemarketing: most states' rules speak of nothing else."""
        return self.request.purpose is Purpose.TELEMARKETING

    @cached_property
    def is_ai(self) -> bool:
        """An artificial voice (FCC 24-17)."""
        return self.request.voice is Voice.AI

    @cached_property
    def channels(self) -> frozenset[str]:
        """What such a call is named in consents and in wishes not to be called."""
        return frozenset({"voice", "whatsapp"} if channel_of(self.request.to) is Kind.WHATSAPP else {"voice"})

    @property
    def person(self) -> PersonFacts:
        """What is known of the person."""
        return self.who.person

    @cached_property
    def line(self) -> str:
        """What kind of line the rules take it for: a landline only when somebody said so."""
        return "landline" if self.person.line == "landline" else "wireless"

    # --- where ---

    @cached_property
    def states(self) -> tuple[str, ...]:
        """Every state whose law may hold for them."""
        address = self.person.address_state.strip().upper()
        return tuple(dict.fromkeys([*self.who.number.states, *([address] if address else [])]))

    @cached_property
    def zones(self) -> tuple[ZoneInfo, ...] | None:
        """Every clock that may hang on their wall; None when one of them is not known."""
        names = [*self.who.number.zones]
        if not names:
            return None
        if self.person.address_zone:
            names.append(self.person.address_zone)
        elif self.person.address_state:  # the zone of the address is one of these
            names += zones.OF_STATE.get(self.person.address_state.strip().upper(), ("",))
        found = [local_time.zone_named(name) for name in dict.fromkeys(names)]
        return None if None in found else tuple(zone for zone in found if zone is not None)

    def rules(self, kind: str, *, line: str = "") -> Iterator[tuple[str, Rule]]:
        """Every rule of a kind about such a call, everywhere and in each of their states."""
        for place, rule in self.law.of(kind, (EVERYWHERE, *self.states), self.today):
            if rule.row.speaks_of(voice=self.request.voice, purpose=self.request.purpose, line=line):
                yield place, rule

    # --- what they agreed to ---

    @cached_property
    def needs(self) -> tuple[tuple[str, str, str], ...]:
        """What they must have agreed to for this call: strength, place and clause of every rule that asks for it."""
        return tuple((rule.value, place, rule.row.source) for place, rule in self.rules("consent", line=self.line))

    @cached_property
    def revoked_at(self) -> datetime | None:
        """When they last asked for no more such calls."""
        times = [revoked.received_at for revoked in self.who.revocations if self._ends(revoked)]
        return max(times, default=None)

    def _ends(self, revoked: RevokedConsent) -> bool:
        if revoked.channels and self.channels.isdisjoint(revoked.channels):
            return False
        if revoked.scope == "marketing":
            return self.is_sale
        ours, theirs = self.request.topic, revoked.topic
        # A topic that either side does not name may be the same.
        return revoked.scope != "topic" or not ours or not theirs or same_words(ours, theirs)

    @cached_property
    def candidates(self) -> tuple[HeldConsent, ...]:
        """Consents that speak of such a call and were not taken back, the newest first, whatever is wrong with them."""
        found = [
            consent
            for consent in self.who.consents
            if self.request.purpose in consent.purposes
            and not self.channels.isdisjoint(consent.channels)
            and (not consent.topic or same_words(consent.topic, self.request.topic))
            and (self.revoked_at is None or (consent.captured_at is not None and consent.captured_at > self.revoked_at))
        ]
        return tuple(sorted(found, key=lambda one: (one.captured_at or _LONG_AGO, one.id), reverse=True))

    @cached_property
    def consent(self) -> HeldConsent | None:
        """The consent that this call can stand on, signed before unsigned; None when there is none."""
        if self.signed is not None or self.is_revoked:
            return self.signed
        return next((one for one in self.candidates if self._is_sound(one)), None)

    @cached_property
    def signed(self) -> HeldConsent | None:
        """The newest signed one with which nothing is wrong."""
        return next((one for one in self.candidates if one.kind == "written" and self._is_sound(one)), None)

    @cached_property
    def relied_on(self) -> HeldConsent | None:
        """The consent that this call needs, and has."""
        if not self.needs:
            return None
        return self.signed if any(strength == SIGNED for strength, _, _ in self.needs) else self.consent

    def _is_sound(self, consent: HeldConsent) -> bool:
        is_past = consent.captured_at is not None and consent.captured_at <= self.now
        return is_past and not consent.problems

    @cached_property
    def is_revoked(self) -> bool:
        """They took it back; only a signed consent given since, with which nothing is wrong, begins anew."""
        return self.revoked_at is not None and self.signed is None

    # --- our business with them ---

    @cached_property
    def is_customer(self) -> bool:
        """An established business relationship: they bought something, or asked, not too long ago."""
        return self._is_within(self.person.purchase_date, "purchase, months") or self._is_within(
            self.person.inquiry_date, "inquiry, months"
        )

    def _is_within(self, begun: date | None, months: str) -> bool:
        if begun is None or begun > self.today:
            return False
        return self.today < _months_after(begun, int(self.law.limit(months, self.today)))


# One family of rules: every reason it finds against the call.
CustomerCheck = Callable[[Question], Iterator[Refusal]]


def same_words(one: str, other: str) -> bool:
    """Whether two people would say that these are the same words."""
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - date(year, month + 1, 1)).days
    return date(year, month + 1, min(day.day, last))
