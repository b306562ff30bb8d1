"""Opening hours: a week of them and its holidays, for any number of telephone numbers."""

from django.core.exceptions import ValidationError
from django.db import models


class Schedule(models.Model):
    """Opening hours with a name. They are readings of the clock where the number that has them is at home."""

    name = models.CharField(max_length=80, unique=True)
    note = models.CharField(max_length=200, blank=True, help_text="For colleagues.")

    def __str__(self) -> str:
        return self.name


class OpenHours(models.Model):
    """From when to when it is open on a day of the week."""

    class Day(models.IntegerChoices):
        """The days of a week."""

        MONDAY = 0
        TUESDAY = 1
        WEDNESDAY = 2
        THURSDAY = 3
        FRIDAY = 4
        SATURDAY = 5
        SUNDAY = 6

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField("day", choices=Day)
    opens = models.TimeField()
    closes = models.TimeField(help_text="Not after it opens: on the next day. Both the same: a day and a night.")

    class Meta:
        verbose_name = "opening hours"
        verbose_name_plural = "opening hours"
        constraints = [models.CheckConstraint(condition=models.Q(weekday__lte=6), name="weekday_is_of_a_week")]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class Holiday(models.Model):
    """A day that has hours of its own, or none."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="holidays")
    holiday_date = models.DateField("date")
    name = models.CharField(max_length=80)
    is_yearly = models.BooleanField("every year", default=False, help_text="On the same day of every year.")
    opens = models.TimeField(null=True, blank=True, help_text="Empty: closed all day.")
    closes = models.TimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "holiday_date"], name="holiday_once_per_schedule"),
            models.CheckConstraint(
                condition=models.Q(opens__isnull=True, closes__isnull=True)
                | models.Q(opens__isnull=False, closes__isnull=False),
                name="holiday_opens_and_closes_or_neither",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Hours have two ends."""
        if (self.opens is None) != (self.closes is None):
            raise ValidationError({"closes": "Give both times, or none for a day that is closed."})
