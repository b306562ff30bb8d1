"""Everything about a decision, a call or a number, from every store: what goes into a packet or an export."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.files.storage import Storage
from django.db.models import Q
from django.db.models.fields.files import FieldFile

from calls.models import (
    Call,
    Callback,
    CallResult,
    Contact,
    ContactAttempt,
    FactsDelivery,
    Recording,
    TranscriptTurn,
    Voicemail,
    WhatsAppMessage,
)
from calls.models.recording import recordings_storage
from compliance.models import (
    AuditEntry,
    ConsentRecord,
    DialDecision,
    Person,
    ProcessingBasis,
    ReassignedAnswer,
    Revocation,
    SuppressionEntry,
    WhatsAppFact,
)
from compliance.numbers import by_whatsapp
from contactcenter.privacy import afterwards
from contactcenter.privacy.rows import all_of, plain

_ACTS_OF_OPT_OUT = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of ours that goes in: where it lies, how it is called there, and what we know of its hash."""

    name: str
    storage: Storage
    path: str
    size: int
    sha256: str = ""

    def open(self) -> Any:
        """The file, for reading."""
        return self.storage.open(self.path, "rb")


@dataclass(slots=True)
class Everything:
    """What was found: documents by name, files, and the decisions whose receipts prove it."""

    documents: dict[str, Any] = field(default_factory=dict)
    files: list[Kept] = field(default_factory=list)
    decisions: list[DialDecision] = field(default_factory=list)
    transcripts: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many bytes of files go in."""
        return sum(file.size for file in self.files)


def about_decision(decision: DialDecision) -> Everything:
    """One decision, what came of it, and what it leaned on."""
    found, after = Everything(), afterwards.of(decision)
    _decisions(found, [decision])
    if after.call is not None:
        _calls(found, [after.call])
    _standing(found, decision.number)
    return found


def about_call(call: Call) -> Everything:
    """One call, and why it was allowed to be made."""
    found = Everything()
    _decisions(found, afterwards.decisions_of(call))
    _calls(found, [call])
    _standing(found, call.customer_e164)
    return found


def about_number(number: str) -> Everything:
    """Everything there is about a number."""
    found = Everything()
    _decisions(found, list(DialDecision.objects.filter(number=number).order_by("pk")))
    _calls(found, list(calls_of(number)))
    _standing(found, number)
    found.documents["person"] = all_of(Person.objects.filter(number=number))
    found.documents["contacts"] = all_of(Contact.objects.filter(number=number).order_by("pk"))
    if allowed := all_of(WhatsAppFact.objects.filter(person=number).order_by("pk")):
        found.documents["whatsapp"] = allowed
        found.documents["whatsapp_messages"] = all_of(WhatsAppMessage.objects.filter(person=number).order_by("pk"))
    found.documents["grounds"] = all_of(ProcessingBasis.objects.order_by("purpose"))
    return found


def calls_of(number: str) -> Iterable[Call]:
    """The calls of a number, whoever called whom; and those it was brought into."""
    theirs = Q(customer_e164=number) | Q(customer_address=number)
    spellings = (number, by_whatsapp(number))
    into = Q(legs__to_address__in=spellings) | Q(legs__from_address__in=spellings)
    return Call.objects.filter(theirs | into).distinct().order_by("pk")


def counts_of(number: str) -> list[tuple[str, int]]:
    """How much there is about a number, in words."""
    calls = Call.objects.filter(Q(customer_e164=number) | Q(customer_address=number))
    return [
        ("calls", calls.count()),
        ("recordings", Recording.objects.filter(call__in=calls).exclude(audio="").count()),
        ("turns of words", TranscriptTurn.objects.filter(call__in=calls).count()),
        ("callbacks", Callback.objects.filter(customer_e164=number).count()),
        ("contacts of campaigns", Contact.objects.filter(number=number).count()),
        ("decisions", DialDecision.objects.filter(number=number).count()),
        ("consents", ConsentRecord.objects.filter(number=number).count()),
        ("opt-outs", Revocation.objects.filter(number=number).count()),
        ("entries on our own list", SuppressionEntry.objects.filter(number=number).count()),
        ("person", Person.objects.filter(number=number).count()),
    ]


def _decisions(found: Everything, decisions: list[DialDecision]) -> None:
    found.decisions = decisions
    found.documents["decisions"] = [one.body() | {"afterwards": afterwards.of(one).plain()} for one in decisions]


def _calls(found: Everything, calls: list[Call]) -> None:
    documents = []
    for call in calls:
        documents.append(
            plain(call)
            | {
                "legs": all_of(call.legs.order_by("pk")),
                "events": all_of(call.events.order_by("at", "pk")),
                "recording_consents": all_of(call.consents.order_by("pk")),
                "recordings": all_of(call.recordings.order_by("pk")),
                "words": all_of(call.turns.order_by("started_ms", "pk")),
                "tools": all_of(call.tool_runs.order_by("pk")),
                "facts": all_of(call.facts.order_by("pk")),
                "looked_up": all_of(call.look_ups.order_by("pk")),
                "results": all_of(CallResult.objects.filter(call=call)),
                "sent_on": all_of(FactsDelivery.objects.filter(call=call)),
                "handed_over": [
                    plain(transfer) | {"offers": all_of(transfer.offers.order_by("pk"))}
                    for transfer in call.transfers.order_by("pk")
                ],
                "voicemails": all_of(Voicemail.objects.filter(call=call)),
                "callbacks": all_of(Callback.objects.filter(call=call).order_by("pk")),
                "attempts": all_of(ContactAttempt.objects.filter(call=call)),
            }
        )
        if text := transcript(call):
            found.transcripts[f"transcripts/call-{call.pk}.txt"] = text
        for tape in call.recordings.order_by("pk"):
            if tape.is_playable:
                found.files.append(_tape(tape))
    found.documents["calls"] = documents


def _tape(tape: Recording) -> Kept:
    name = f"recordings/call-{tape.call_id}-{tape.pk}.wav"
    return Kept(name, recordings_storage(), tape.audio.name or "", tape.size_bytes or 0, tape.sha256)


def transcript(call: Call) -> str:
    """The words of a call, as one reads them."""
    lines = []
    for turn in call.turns.filter(is_final=True).exclude(text="").order_by("started_ms", "pk"):
        seconds = max(turn.started_ms, 0) // 1000
        who = turn.speaker or turn.get_party_display()
        lines.append(f"{seconds // 60:02}:{seconds % 60:02}  {who}: {turn.text}{' —' if turn.is_cut else ''}")
    return "\n".join(lines) + "\n" if lines else ""


def _standing(found: Everything, number: str) -> None:
    """What they agreed to and took back, and what lists say."""
    if not number:
        return
    consents = list(ConsentRecord.objects.filter(number=number).order_by("captured_at", "pk"))
    found.documents["consents"] = all_of(consents)
    found.files += _evidence(consents)
    revocations = list(Revocation.objects.filter(number=number).order_by("received_at", "pk"))
    entries = list(SuppressionEntry.objects.filter(number=number).order_by("added_at", "pk"))
    acts = Q(subject_ref__in=[f"revocation:{one.pk}" for one in revocations])
    acts |= Q(subject_ref__in=[f"suppression:{one.pk}" for one in entries])
    found.documents["opt_outs"] = {
        "revocations": all_of(revocations),
        "own_list": all_of(entries),
        "acts": all_of(AuditEntry.objects.filter(acts).order_by("at", "pk")[:_ACTS_OF_OPT_OUT]),
    }
    answers = ReassignedAnswer.objects.filter(number=number).order_by("answered_at", "pk")
    found.documents["reassigned"] = all_of(answers)


def _evidence(consents: list[ConsentRecord]) -> Iterator[Kept]:
    for consent in consents:
        stored: FieldFile = consent.evidence
        if stored and stored.storage.exists(stored.name or ""):
            ending = (stored.name or "").rpartition(".")[2][:8] or "bin"
            name = f"consents/consent-{consent.pk}.{ending if ending.isalnum() else 'bin'}"
            yield Kept(name, stored.storage, stored.name or "", stored.size, consent.evidence_sha256)
