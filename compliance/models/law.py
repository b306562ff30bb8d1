"""The law as rows: complete sets of rules, each adopted once and never changed (the database refuses it)."""

from datetime import date, datetime

from django.db import models

from compliance import ruleset as rules_as_data
from compliance.ruleset import ANY

_IN_FORCE = "SELECT * FROM compliance_ruleset WHERE effective_from <= %s ORDER BY effective_from DESC LIMIT 1"


class Ruleset(models.Model):
    """One reading of the law, whole: its rows are another table's, and their hash is kept here."""

    id = models.CharField(primary_key=True, max_length=40)
    effective_from = models.DateField(help_text="Decides from this day on, until a newer one does.")
    sha256 = models.CharField(max_length=64, help_text="Of its rows; with others it is not loaded.")
    adopted_at = models.DateTimeField()
    adopted_by_ref = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["effective_from"], name="one_ruleset_begins_on_a_day")]

    def __str__(self) -> str:
        return f"ruleset {self.pk}"

    # Factories

    @classmethod
    def adopt(
        cls, *, id_: str, effective_from: date, rows: tuple[rules_as_data.RuleRow, ...], by: str, now: datetime
    ) -> "Ruleset":
        """Keep a ruleset that was found to be whole. Raises ruleset.UnableToLoad.

        You must be in a transaction.
        """
        sha256 = rules_as_data.content_hash(id_, effective_from, rows)
        rules_as_data.load(id_=id_, effective_from=effective_from, rows=rows, sha256=sha256)
        adopted = cls.objects.create(
            id=id_, effective_from=effective_from, sha256=sha256, adopted_at=now, adopted_by_ref=by[:200]
        )
        RuleRow.objects.bulk_create([RuleRow(ruleset=adopted, **values_of(row)) for row in rows])
        return adopted

    # Queries

    @classmethod
    def in_force_on(cls, day: date) -> "Ruleset | None":
        """The one that decides on that day. Asked for every call."""
        return next(iter(cls.objects.raw(_IN_FORCE, [day])), None)

    def load(self) -> rules_as_data.Ruleset:
        """Its rows, understood. Raises ruleset.UnableToLoad."""
        rows = tuple(row.frozen() for row in self.rows.order_by("pk"))
        return rules_as_data.load(id_=self.pk, effective_from=self.effective_from, rows=rows, sha256=self.sha256)


class RuleRow(models.Model):
    """One rule of a ruleset. What its kind and value mean is told in `compliance/ruleset.py`."""

    ruleset = models.ForeignKey(Ruleset, on_delete=models.PROTECT, related_name="rows")
    kind = models.CharField(max_length=30)
    name = models.CharField(max_length=60, blank=True)
    places = models.CharField(max_length=200, help_text="States, or US for everywhere.")
    voice = models.CharField(max_length=16, default=ANY)
    purposes = models.CharField(max_length=80, default=ANY)
    lines = models.CharField(max_length=40, default=ANY)
    value = models.CharField(max_length=120)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True, help_text="The first day on which it is law no more.")
    source = models.CharField(max_length=200)
    grade = models.CharField(max_length=12, help_text="P: text read; S: summaries agree; UNVERIFIED; policy: our own.")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = "rule"

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.places}: {self.value}"

    # Queries

    def frozen(self) -> rules_as_data.RuleRow:
        """The rule as a value."""
        return rules_as_data.RuleRow(**{name: getattr(self, name) for name in _FIELDS})


_FIELDS = tuple(rules_as_data.RuleRow.__dataclass_fields__)


def values_of(row: rules_as_data.RuleRow) -> dict[str, object]:
    """The columns of a rule."""
    return {name: getattr(row, name) for name in _FIELDS}
