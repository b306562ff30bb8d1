"""The room of a call: a conference of the carrier's, and who is in it by what the carrier says.

The carrier numbers what happens in a room. Of each leg the report with the highest number counts, so late, doubled and
reordered reports change nothing.
"""

from datetime import datetime

from django.db import models, transaction
from django.db.models import Q

from agents import floor
from calls.models.call import Call
from calls.models.call_event import CallEvent

CUSTOMER = "customer"


def name_of(call_id: int) -> str:
    """The room's name at the carrier; it holds no personal data."""
    return f"call-{call_id}"


class Conference(models.Model):
    """One conference (one Twilio Conference SID) that was the room of a call."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="conferences")
    conference_sid = models.CharField(max_length=64, unique=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return self.conference_sid

    # Mutators

    @classmethod
    def known(cls, *, call: Call, conference_sid: str) -> "Conference":
        """The conference with this id, kept from now on."""
        return cls.objects.get_or_create(conference_sid=conference_sid, defaults={"call": call})[0]

    def started(self, *, at: datetime) -> None:
        """It has started; the first report counts."""
        Conference.objects.filter(pk=self.pk, started_at=None).update(started_at=at)

    def ended(self, *, at: datetime, reason: str) -> None:
        """It is over, and nobody is in it any more."""
        if Conference.objects.filter(pk=self.pk, ended_at=None).update(ended_at=at, end_reason=reason[:60]):
            Participant.objects.filter(conference=self, is_in=True).update(is_in=False, left_at=at)


class Participant(models.Model):
    """A leg in a conference."""

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="participants")
    leg_sid = models.CharField(max_length=64, db_index=True)
    label = models.CharField(max_length=128, help_text="customer, agent-7, supervisor-3, third-1.")
    sequence = models.IntegerField(default=-1, help_text="The number of the last report that moved it.")
    is_in = models.BooleanField(default=False)
    is_muted = models.BooleanField(default=False)
    is_on_hold = models.BooleanField(default=False)
    is_coaching = models.BooleanField(default=False)
    joined_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conference", "leg_sid"], name="participant_once")]

    def __str__(self) -> str:
        return f"{self.label} in {self.conference_id}"

    # Mutators

    @classmethod
    def report(
        cls,
        *,
        conference: Conference,
        leg_sid: str,
        label: str,
        event: str,
        sequence: int,
        is_muted: bool,
        is_on_hold: bool,
        is_coaching: bool,
        at: datetime,
    ) -> bool:
        """Keep what the carrier says of a leg in this room. False when it is older than what is known."""
        with transaction.atomic():
            person, _ = cls.objects.select_for_update().get_or_create(
                conference=conference, leg_sid=leg_sid, defaults={"label": label[:128]}
            )
            if event == "participant-join" and (person.joined_at is None or at < person.joined_at):
                person.joined_at = at
            if (
                not CallEvent.keep(
                    call=conference.call,
                    kind="room_joined" if event == "participant-join" else "room_left",
                    at=at,
                    source="carrier",
                    key=f"room:{conference.conference_sid}:{sequence}:{leg_sid}:{event}",
                    data={"who": label},
                )
                if event in ("participant-join", "participant-leave")
                else False
            ):
                return False
            if sequence > person.sequence:
                person.sequence = sequence
                person.is_in = event != "participant-leave" and conference.ended_at is None
                person.left_at = None if person.is_in else at
                person.is_muted, person.is_on_hold, person.is_coaching = is_muted, is_on_hold, is_coaching
            person.save()
        floor.changed("call", conference.call_id)
        return True

    # Queries

    @classmethod
    def inside(cls, *, call: Call) -> "models.QuerySet[Participant]":
        """Who is in the call's room now, in the order in which they came."""
        return cls.objects.filter(Q(conference__ended_at=None), conference__call=call, is_in=True).order_by(
            "joined_at", "pk"
        )
