"""Documents of assistants: taken in, and searched by what callers ask."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass

from django.conf import settings
from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db import transaction
from django.db.models import Value

from agents import document_reader, document_text
from agents.models import KnowledgeChunk, KnowledgeDocument

LARGEST = document_reader.LARGEST
# A document is read within this time, in a process that is killed afterwards.
_READ_S = 20
_MOST_WORDS = 24
_MOST_FOUND = 4
_WORD = re.compile(r"\w+")


class UnableToRead(Exception):
    """Nothing can be made of a document; `str()` says why, for a person."""


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """What was found in a document; `remarks` are for whoever uploaded it."""

    text: str
    remarks: tuple[str, ...] = ()


def read(*, kind: str, content: bytes) -> ReadDocument:
    """The text of an upload or a paste. Raises UnableToRead."""
    if len(content) > LARGEST:
        raise UnableToRead(f"It is larger than {LARGEST // 2**20} MB.")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "agents.document_reader", kind],
            input=content,
            capture_output=True,
            timeout=_READ_S,
            check=True,
            cwd=settings.BASE_DIR,
        )
        answer = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise UnableToRead("It takes too long to read. Paste its text instead.") from error
    except (subprocess.CalledProcessError, OSError, ValueError) as error:
        raise UnableToRead("It cannot be read: whoever tried was overwhelmed. Paste its text instead.") from error
    if "problem" in answer:
        raise UnableToRead(answer["problem"])
    return ReadDocument(answer["text"], tuple(answer["remarks"]))


def index(document: KnowledgeDocument) -> int:
    """Cut a document into the pieces in which it is found, anew; how many."""
    cut = document_text.pieces(document.text)
    with transaction.atomic():
        document.chunks.all().delete()
        KnowledgeChunk.objects.bulk_create(
            KnowledgeChunk(document=document, position=place, heading=piece.heading, text=piece.text)
            for place, piece in enumerate(cut)
        )
        title = SearchVector(Value(document.title), weight="A", config=document.language)
        heading = SearchVector("heading", weight="A", config=document.language)
        text = SearchVector("text", weight="B", config=document.language)
        document.chunks.update(words=title + heading + text)
    return len(cut)


def search(*, assistant_id: int, question: str) -> list[KnowledgeChunk]:
    """What the documents of this assistant say about it, the best first. Nobody else's are looked into."""
    words = list(dict.fromkeys(_WORD.findall(question.lower())))[:_MOST_WORDS]
    documents = KnowledgeDocument.objects.filter(assistant=assistant_id, is_active=True)
    found: list[tuple[float, KnowledgeChunk]] = []
    for language in documents.order_by().values_list("language", flat=True).distinct() if words else ():
        asked = SearchQuery(" or ".join(f'"{word}"' for word in words), config=language, search_type="websearch")
        chunks = KnowledgeChunk.objects.filter(document__in=documents.filter(language=language), words=asked)
        ranked = chunks.annotate(rank=SearchRank("words", asked)).order_by("-rank", "document_id", "position")
        found += [(chunk.rank, chunk) for chunk in ranked.select_related("document")[:_MOST_FOUND]]
    found.sort(key=lambda one: -one[0])
    return [chunk for _, chunk in found[:_MOST_FOUND]]
