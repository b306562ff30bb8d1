"""Documents of assistants: taken in, and searched by what callers ask."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db import transaction
from django.db.models import QuerySet, Value

from agents import document_text
from agents.models import KnowledgeChunk, KnowledgeDocument

LARGEST = document_text.LARGEST
# A document is read within this time, in a process that is killed afterwards.
_READ_S = 20
_MOST_WORDS = 24
_MOST_FOUND = 4
_MOST_CONSIDERED = 8
_MOST_COMPARED = 20_000
_FUSION = 60
# A cosine below this is no likeness.
_NEAR = 0.3
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


def has_meanings(*, assistant_id: int, model: str) -> bool:
    """True when some piece of this assistant's documents can be found by its meaning."""
    return _pieces(assistant_id).filter(meant_by=model).exists()


def search(*, assistant_id: int, question: str, vector: bytes = b"", model: str = "") -> list[KnowledgeChunk]:
    """What the documents of this assistant say about it, the best first. Nobody else's are looked into.

    By words; and, with the `vector` of the question by this `model`, by meaning as well.
    """
    by_words = _by_words(assistant_id, question)
    if not vector:
        return by_words[:_MOST_FOUND]
    # Reciprocal rank fusion: what both ways put high comes first, whatever their scales are.
    scores: dict[int, float] = {}
    chunks: dict[int, KnowledgeChunk] = {}
    for way in (by_words, _by_meaning(assistant_id, vector, model)):
        for place, chunk in enumerate(way):
            chunks[chunk.pk] = chunk
            scores[chunk.pk] = scores.get(chunk.pk, 0.0) + 1 / (_FUSION + place)
    return [chunks[pk] for pk in sorted(scores, key=lambda pk: -scores[pk])[:_MOST_FOUND]]


def _pieces(assistant_id: int) -> QuerySet[KnowledgeChunk]:
    return KnowledgeChunk.objects.filter(document__assistant=assistant_id, document__is_active=True)


def _by_words(assistant_id: int, question: str) -> list[KnowledgeChunk]:
    words = list(dict.fromkeys(_WORD.findall(question.lower())))[:_MOST_WORDS]
    pieces = _pieces(assistant_id)
    found: list[tuple[float, KnowledgeChunk]] = []
    for language in pieces.order_by().values_list("document__language", flat=True).distinct() if words else ():
        asked = SearchQuery(" or ".join(f'"{word}"' for word in words), config=language, search_type="websearch")
        ranked = pieces.filter(document__language=language, words=asked).annotate(rank=SearchRank("words", asked))
        best = ranked.select_related("document").defer("meaning").order_by("-rank", "document_id", "position")
        found += [(chunk.rank, chunk) for chunk in best[:_MOST_CONSIDERED]]
    found.sort(key=lambda one: -one[0])
    return [chunk for _, chunk in found[:_MOST_CONSIDERED]]


def _by_meaning(assistant_id: int, vector: bytes, model: str) -> list[KnowledgeChunk]:
    kept = _pieces(assistant_id).filter(meant_by=model).values_list("pk", "meaning")[:_MOST_COMPARED]
    rows = [(pk, bytes(meaning or b"")) for pk, meaning in kept]
    known = [(pk, meaning) for pk, meaning in rows if len(meaning) == len(vector)]
    if not known:
        return []
    asked = np.frombuffer(vector, dtype=np.float32)
    near = np.frombuffer(b"".join(meaning for _, meaning in known), dtype=np.float32).reshape(len(known), -1) @ asked
    best = [known[place][0] for place in np.argsort(-near)[:_MOST_CONSIDERED] if near[place] >= _NEAR]
    chunks = KnowledgeChunk.objects.select_related("document").defer("meaning").in_bulk(best)
    return [chunks[pk] for pk in best if pk in chunks]
