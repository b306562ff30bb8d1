"""What an assistant may look up: documents, kept as the pieces in which they are found."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import URLValidator
from django.db import models

from agents.models.assistant import Assistant


class KnowledgeDocument(models.Model):
    """A document of one assistant. No other assistant finds anything in it."""

    class Kind(models.TextChoices):
        """What it was made from."""

        TEXT = "text", "plain text"
        MARKDOWN = "markdown"
        HTML = "html", "a page of the web, pasted"
        PDF = "pdf", "PDF"

    class Language(models.TextChoices):
        """How its words are brought to their stems; simple: not at all."""

        SIMPLE = "simple", "another"
        ENGLISH = "english", "English"
        GERMAN = "german", "German"
        SPANISH = "spanish", "Spanish"
        FRENCH = "french", "French"
        PORTUGUESE = "portuguese", "Portuguese"
        ITALIAN = "italian", "Italian"
        DUTCH = "dutch", "Dutch"

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="documents")
    title = models.CharField(max_length=160, help_text="Named as the source on the call's page.")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.TEXT)
    language = models.CharField(max_length=12, choices=Language, default=Language.ENGLISH)
    source_url = models.CharField(
        "address",
        max_length=500,
        blank=True,
        validators=[URLValidator(["http", "https"])],
        help_text="Where it comes from, for people. It is not fetched.",
    )
    text = models.TextField(help_text="What is kept of it.")
    is_active = models.BooleanField(default=True, help_text="Off: nothing is found in it.")
    added_at = models.DateTimeField()
    added_by_ref = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assistant", "title"], name="document_title_once")]

    def __str__(self) -> str:
        return self.title


class KnowledgeChunk(models.Model):
    """A piece of a document, small enough to be read out in substance."""

    document = models.ForeignKey(KnowledgeDocument, on_delete=models.CASCADE, related_name="chunks")
    position = models.PositiveIntegerField()
    heading = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    words = SearchVectorField(null=True)
    meaning = models.BinaryField(null=True, help_text="A vector, as float32; empty while nobody was asked for it.")
    meant_by = models.CharField(max_length=80, blank=True, help_text="The model that the vector is of.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "position"], name="chunk_once_per_place")]
        indexes = [GinIndex(fields=["words"], name="chunks_by_words")]

    def __str__(self) -> str:
        return f"{self.document} {self.position}"

    # Mutators

    def means(self, vector: bytes, *, model: str) -> None:
        """Keep the vector of this piece."""
        KnowledgeChunk.objects.filter(pk=self.pk).update(meaning=vector, meant_by=model)

    # Queries

    def as_source(self) -> dict[str, Any]:
        """How it is named where an answer was taken from it."""
        return {
            "document": self.document_id,
            "title": self.document.title,
            "heading": self.heading,
            "excerpt": self.text[:240],
        }
