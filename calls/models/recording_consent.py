"""Whether somebody on a call agreed to its recording: what they were told or asked, their answer, and the proof."""

from datetime import datetime
from typing import Any

from django.db import models, transaction

from agents import floor
from calls.models.call import Call
from calls.models.choices import choices_of
from calls.models.transcript import TranscriptTurn
from compliance.recording_rules import Ask, Consent
from compliance.statements import EXAMPLE_KEY, EXAMPLE_TIME, STAYING, Change, Question, insert_all

CUSTOMER = "customer"
_LONGEST = 300


class RecordingConsent(models.Model):
    """One party of a call and its recording. An answer is given once; who agreed may take it back later."""

    class Answer(models.TextChoices):
        """What they said to it."""

        OPEN = "", "not yet known"
        STAYED = "stayed", "was told, and stayed"
        YES = "yes", "said yes"
        NO = "no", "said no"
        SILENT = "silent", "gave no answer that could be understood"

    class Proof(models.TextChoices):
        """What shows it."""

        NONE = "", "nothing yet"
        LINE = "line", "the line: they heard the words to their end"
        KEY = "key", "a key"
        WORDS = "words", "their own words"
        TOOL = "tool", "the assistant understood them so"

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="consents")
    party = models.CharField(max_length=40, help_text="customer, agent-7, supervisor-3, third-1.")
    ask = models.CharField(max_length=12, choices=choices_of(Ask), help_text="Told, or asked.")
    law = models.CharField(max_length=12, choices=choices_of(Consent))
    why = models.CharField(max_length=600, help_text="Why so much is needed, as a sentence.")
    clauses = models.JSONField(default=list, blank=True)
    place = models.CharField(max_length=12, blank=True, help_text="Where they are (US-CA, DE); empty: not known.")
    rules_version = models.CharField(max_length=20)
    wording_version = models.CharField(max_length=20)
    language = models.CharField(max_length=12)
    words = models.TextField(help_text="What they were told or asked, word for word.")
    tries = models.PositiveSmallIntegerField(default=1, help_text="How often they were asked.")
    asked_at = models.DateTimeField(null=True, blank=True, help_text="Empty: it is still to be said.")
    answer = models.CharField(max_length=8, choices=Answer, default=Answer.OPEN, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    proof = models.CharField(max_length=8, choices=Proof, default=Proof.NONE, blank=True)
    said = models.CharField(max_length=_LONGEST, blank=True, help_text="The key, or their words.")
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="When they refused after all.")
    withdrawn_proof = models.CharField(max_length=8, choices=Proof, default=Proof.NONE, blank=True)
    withdrawn_said = models.CharField(max_length=_LONGEST, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "party"], name="recording_consent_once_per_party")]

    def __str__(self) -> str:
        return f"{self.party} of call {self.call_id}: {self.answer or 'open'}"

    @property
    def is_refused(self) -> bool:
        """True when they do not want it: they said no, or nothing, or took their consent back."""
        return self.withdrawn_at is not None or self.answer in (self.Answer.NO, self.Answer.SILENT)

    # Factories

    @classmethod
    def begin(cls, *, call: Call, party: str, **fields: Any) -> None:
        """Keep what a party is to be told or asked; once for each party."""
        insert_all([RecordingConsent(call=call, party=party, **fields)], known=STAYING)

    # Mutators

    def spoken(self, *, now: datetime) -> bool:
        """The words have been said to them; the first time counts."""
        return bool(RecordingConsent.objects.filter(pk=self.pk, asked_at=None).update(asked_at=now))

    def asked_again(self, *, tries: int) -> None:
        """They were asked once more."""
        RecordingConsent.objects.filter(pk=self.pk, tries__lt=tries).update(tries=tries)

    def answered(self, answer: "RecordingConsent.Answer", *, proof: str, said: str, now: datetime) -> bool:
        """Keep the answer and its proof; False when there was one already: that one stays."""
        won = _ANSWERED.make(pk=self.pk, answer=str(answer), proof=str(proof), said=said[:_LONGEST], now=now)
        if won:
            self.answer, self.proof, self.said, self.answered_at = answer, proof, said[:_LONGEST], now
        else:
            self.refresh_from_db()
        if won:
            floor.changed("call", self.call_id)
        return bool(won)

    def withdrawn(self, *, proof: str, said: str, now: datetime) -> bool:
        """They refuse after all; False when that was known."""
        won = RecordingConsent.objects.filter(pk=self.pk, withdrawn_at=None).update(
            withdrawn_at=now, withdrawn_proof=proof, withdrawn_said=said[:_LONGEST]
        )
        self.refresh_from_db()
        if won:
            floor.changed("call", self.call_id)
        return bool(won)

    @classmethod
    def keep_no_words(cls, call: Call) -> None:
        """The caller refused: what was written down of what was said is deleted, and nothing more is."""
        with transaction.atomic():
            Call.objects.filter(pk=call.pk).update(are_words_kept=False)
            call.are_words_kept = False
            TranscriptTurn.not_to_be_kept(call=call)
        floor.changed("transcript", call.pk)

    # Queries

    @classmethod
    def of(cls, call: Call, party: str = CUSTOMER) -> "RecordingConsent | None":
        """The consent of one party of a call."""
        found = _OF_PARTY.first(call=call.pk, party=party)
        if found is not None:
            found.call = call
        return found

    @classmethod
    def places_of_others(cls, call: Call) -> list[str]:
        """Where those are who joined the customer."""
        return list(cls.objects.filter(call=call).exclude(party=CUSTOMER).values_list("place", flat=True))


_OF_PARTY = Question(
    lambda call, party: RecordingConsent.objects.filter(call=call, party=party)[:1], call=EXAMPLE_KEY, party="party"
)
_ANSWERED = Change(
    lambda pk, answer, proof, said, now: (
        RecordingConsent.objects.filter(pk=pk, answer=RecordingConsent.Answer.OPEN),
        {"answer": answer, "proof": proof, "said": said, "answered_at": now},
    ),
    pk=EXAMPLE_KEY,
    answer="answer",
    proof="proof",
    said="said",
    now=EXAMPLE_TIME,
)
