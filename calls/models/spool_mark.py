"""How far a journal's file is in the database."""

from django.db import models


class SpoolMark(models.Model):
    """The place reached in one file; moved in the same transaction as the rows made of what stands before it."""

    name = models.CharField(max_length=80, primary_key=True)
    place = models.PositiveBigIntegerField()
    moved_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.name} at {self.place}"

    # Mutators

    @classmethod
    def reach(cls, *, name: str, place: int) -> None:
        """Everything before this place is in the database."""
        mark = SpoolMark(name=name, place=place)
        SpoolMark.objects.bulk_create(
            [mark], update_conflicts=True, unique_fields=["name"], update_fields=["place", "moved_at"]
        )

    # Queries

    @classmethod
    def place_of(cls, name: str) -> int:
        """Where to go on; the beginning when nothing is known."""
        return cls.objects.filter(name=name).values_list("place", flat=True).first() or 0
