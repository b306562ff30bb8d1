"""How far a journal's file is in the database."""

from django.db import models

from compliance.statements import insert_all, replacing


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
        insert_all([SpoolMark(name=name, place=place)], known=replacing("place", "moved_at", of=("name",)))

    # Queries

    @classmethod
    def place_of(cls, name: str) -> int:
        """Where to go on; the beginning when nothing is known."""
        return cls.objects.filter(name=name).values_list("place", flat=True).first() or 0
