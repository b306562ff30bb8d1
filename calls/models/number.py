"""Our telephone numbers, and who answers them when."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from calls.lifecycle.intake import Answers
from calls.line_rules import overrides
from calls.line_rules.searching import KINDS
from calls.models.schedule import Schedule
from compliance import local_time
from compliance.numbers import is_country, time_zones_of
from compliance.recording_rules import Ask

_E164 = RegexValidator(r"^\+[1-9]\d{6,14}$", "Write the number as +14155550100.")
_WORDS = 600  # characters of something spoken
_SAID_OF_ANSWERS = {
    Answers.ASSISTANT: "the assistant",
    Answers.QUEUE: "a person of the queue",
    Answers.VOICEMAIL: "voicemail",
    Answers.MESSAGE: "a message, then the call ends",
    Answers.REJECT: "nobody: the call is turned away",
    Answers.BUSY: "the busy tone",
}


def _choices(*answers: Answers) -> list[tuple[str, str]]:
    return [(answer.value, _SAID_OF_ANSWERS[answer]) for answer in answers]


_AT_ANY_TIME = _choices(Answers.ASSISTANT, Answers.QUEUE, Answers.VOICEMAIL, Answers.MESSAGE, Answers.REJECT)
_WHEN_FULL = _choices(Answers.BUSY, Answers.MESSAGE)


def _check_countries(text: str) -> None:
    unknown = [code for code in countries_in(text) if not is_country(code)]
    if unknown:
        raise ValidationError(f"Not a country: {', '.join(sorted(unknown))}. Write two letters each: US, CA, GB.")


def countries_in(text: str) -> frozenset[str]:
    """The countries of a list as people write it."""
    return frozenset(text.upper().replace(",", " ").replace(";", " ").split())


class RecordingAsk(models.TextChoices):
    """How callers are asked for their consent to the recording."""

    NOTICE = Ask.NOTICE.value, "they are told; who stays agrees"
    EXPLICIT_YES = Ask.EXPLICIT_YES.value, "they are asked; only a yes is one"


class RecordingRefused(models.TextChoices):
    """What becomes of a call whose caller does not want to be recorded."""

    GO_ON = "go_on", "it goes on unrecorded"
    END = "end", "it ends with thanks"


class NumberDoor(models.TextChoices):
    """How callers of a number reach the assistant."""

    MEDIA_STREAM = "media_stream", "media stream"
    OPENAI_SIP = "openai_sip", "OpenAI SIP"
    SIP_TRUNK = "sip_trunk", "OpenAI SIP, by a trunk of its own"


class Number(models.Model):
    """A number of ours, who answers it, and who does out of hours."""

    e164 = models.CharField("number", max_length=16, unique=True, validators=[_E164])
    label = models.CharField(max_length=80, blank=True, help_text="What callers reach here, for colleagues.")
    is_active = models.BooleanField(default=True, help_text="Off: callers hear that the number is not in service.")
    answered_by = models.CharField(max_length=12, choices=_AT_ANY_TIME, default=Answers.ASSISTANT)
    assistant = models.ForeignKey(
        "agents.Assistant",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="numbers",
        help_text="Where an assistant is to answer and none is given, callers hear that the number is not in service.",
    )
    door = models.CharField(
        max_length=16,
        choices=NumberDoor,
        default=NumberDoor.MEDIA_STREAM,
        help_text="How callers reach the assistant. What OpenAI SIP cannot do is in docs/openai-sip.md.",
    )
    queue = models.ForeignKey(
        "agents.Queue",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="numbers",
        help_text="Where callers wait for a person, if a queue is to answer.",
    )
    message = models.TextField(
        max_length=_WORDS, blank=True, help_text="Said where a message answers, and before voicemail."
    )
    department = models.ForeignKey(
        "agents.Department",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="numbers",
        help_text="Whose voicemail it is. Empty: that of the assistant, or of the queue.",
    )
    music = models.ForeignKey(
        "agents.HoldMusic",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        help_text="What waiting callers hear, unless their queue has its own. Empty: the music that ships with us.",
    )
    is_recorded = models.BooleanField(default=True, help_text="Record calls; the opening words say so on every call.")
    recording_ask = models.CharField(
        "how callers are asked",
        max_length=12,
        choices=RecordingAsk,
        default=RecordingAsk.NOTICE,
        help_text="Where the law of a place wants more than this, more is asked.",
    )
    recording_refused = models.CharField(
        "when they refuse", max_length=8, choices=RecordingRefused, default=RecordingRefused.GO_ON
    )
    schedule = models.ForeignKey(
        Schedule,
        verbose_name="opening hours",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="numbers",
        help_text="Empty: always open.",
    )
    time_zone = models.CharField(
        max_length=64, blank=True, help_text="Where it is at home: America/New_York. Empty: as its area code says."
    )
    answered_after_hours_by = models.CharField(max_length=12, choices=_AT_ANY_TIME, default=Answers.MESSAGE)
    after_hours_message = models.TextField(max_length=_WORDS, blank=True, help_text="The same, while it is closed.")
    countries_allowed = models.CharField(
        "only callers from",
        max_length=300,
        blank=True,
        validators=[_check_countries],
        help_text="Countries as two letters: US, CA. Empty: from anywhere. Callers without a number are taken.",
    )
    countries_blocked = models.CharField(
        "no callers from", max_length=300, blank=True, validators=[_check_countries], help_text="Countries: GB, FR."
    )
    max_calls_at_once = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: no limit.")
    max_calls_per_minute = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: no limit.")
    max_calls_per_caller = models.PositiveSmallIntegerField(
        "max calls of one caller per hour", null=True, blank=True, help_text="Empty: no limit."
    )
    over_limit_answer = models.CharField(
        "whoever calls over a limit gets", max_length=12, choices=_WHEN_FULL, default=Answers.BUSY
    )
    over_limit_message = models.TextField(max_length=_WORDS, blank=True)
    phone_number_sid = models.CharField("Twilio's id", max_length=64, blank=True)
    kind = models.CharField(max_length=10, blank=True, choices=[(kind.value, said) for kind, said in KINDS.items()])
    trunk = models.ForeignKey(
        "calls.Trunk",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="numbers",
        help_text="Its calls go to a telephone system, and not to us.",
    )
    overrides = models.CharField(
        "connection overrides",
        max_length=120,
        blank=True,
        help_text="How long the carrier waits for us, and how often it asks again: rc=2&rp=ct,5xx.",
    )
    price = models.CharField("a month", max_length=40, blank=True, help_text="As the carrier said when it was bought.")
    bought_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(
        null=True, blank=True, help_text="Given back to the carrier: somebody else may have it by now."
    )

    def __str__(self) -> str:
        return f"{self.e164} {self.label}".strip()

    def clean(self) -> None:
        """What answers must have what it needs; a time zone must be one."""
        wrong = {}
        if self.time_zone and not local_time.is_zone(self.time_zone):
            wrong["time_zone"] = f"There is no time zone “{self.time_zone}”. They look like America/New_York."
        elif self.schedule is not None and not self.home_zone:
            wrong["time_zone"] = "Say where this number is at home: its digits do not tell."
        if self.answered_by == Answers.MESSAGE and not self.message.strip():
            wrong["message"] = "Write what callers hear."
        if self.queue is None and Answers.QUEUE in (self.answered_by, self.answered_after_hours_by):
            wrong["queue"] = "Say in which queue callers wait."
        read = overrides.read(self.overrides)
        if read.wrong:
            wrong["overrides"] = " ".join(read.wrong)
        if self.door != NumberDoor.MEDIA_STREAM and (problem := self._why_not_by_sip()):
            wrong["door"] = problem
        if wrong:
            raise ValidationError(wrong)

    def _why_not_by_sip(self) -> str:
        if not settings.OPENAI_PROJECT_ID:
            return "OpenAI SIP needs the id of the project: set OPENAI_PROJECT_ID (proj_…)."
        if not settings.OPENAI_WEBHOOK_SECRETS:
            return "OpenAI SIP needs the secret of its webhook: set OPENAI_WEBHOOK_SECRET (whsec_…)."
        if self.door == NumberDoor.SIP_TRUNK and self.is_recorded:
            return "On a trunk nobody can say that the call is recorded before it is: switch recording off."
        return ""

    @property
    def home_zone(self) -> str:
        """The time zone in which it is at home; empty when neither a person nor the digits say."""
        possible = time_zones_of(self.e164)
        return self.time_zone or (possible[0] if len(possible) == 1 else "")

    @property
    def box(self) -> str:
        """Whose voicemail it is."""
        of_others = [answerer.department for answerer in (self.assistant, self.queue) if answerer is not None]
        department = self.department or next(iter(of_others), None)
        return department.name if department is not None else (self.label or self.e164)

    # Mutators

    def learn_sid(self, phone_number_sid: str) -> None:
        """Keep the carrier's id of this number."""
        Number.objects.filter(pk=self.pk).update(phone_number_sid=phone_number_sid)
        self.phone_number_sid = phone_number_sid

    @classmethod
    def bought(cls, *, e164: str, sid: str, kind: str, price: str, fields: dict[str, Any], now: datetime) -> "Number":
        """A number that we own from now on; one that we had before is ours again, with the rules it had."""
        ours = {"phone_number_sid": sid, "kind": kind, "price": price, "bought_at": now, "released_at": None}
        number, is_new = cls.objects.get_or_create(e164=e164, defaults=ours | fields)
        if not is_new:
            said = {name: value for name, value in fields.items() if value}
            cls.objects.filter(pk=number.pk).update(**ours, **said, is_active=True)
            number.refresh_from_db()
        return number

    def release(self, *, now: datetime) -> None:
        """It is ours no more. What it answered stays in the books."""
        gone = {"is_active": False, "released_at": now, "phone_number_sid": "", "trunk": None}
        Number.objects.filter(pk=self.pk).update(**gone)
        self.refresh_from_db()

    def override(self, fragment: str) -> None:
        """Keep how the carrier is to connect to us for its calls."""
        Number.objects.filter(pk=self.pk).update(overrides=fragment)
        self.overrides = fragment

    def move_to(self, trunk_id: int | None) -> None:
        """Its calls go to this trunk, or to us."""
        Number.objects.filter(pk=self.pk).update(trunk_id=trunk_id)
        self.refresh_from_db(fields=["trunk"])
