"""The meaning of documents and questions, where there is a key for it. Without, they are found by their words alone."""

import structlog
from django.conf import settings

from agents import knowledge
from agents.models import KnowledgeChunk
from calls.realtime import embeddings

_AT_ONCE = 64  # pieces
_DOCUMENT_S = 20.0
# The caller waits: without an answer by then, words have to do.
_QUESTION_S = 1.5

log = structlog.get_logger(__name__)


def learn() -> int:
    """Ask for the vectors of pieces that have none, or one of another model; how many were learned."""
    if not embeddings.is_possible():
        return 0
    model = settings.OPENAI_EMBEDDING_MODEL
    waiting = KnowledgeChunk.objects.filter(document__is_active=True).exclude(meant_by=model)
    pieces = list(waiting.select_related("document").order_by("pk")[:_AT_ONCE])
    if not pieces:
        return 0
    texts = [f"{piece.document.title}. {piece.heading}\n{piece.text}" for piece in pieces]
    try:
        found = embeddings.vectors(texts, timeout_s=_DOCUMENT_S)
    except embeddings.UnableToEmbed as problem:
        log.warning("documents not embedded", why=str(problem), pieces=len(pieces))
        return 0
    for piece, vector in zip(pieces, found, strict=True):
        piece.means(vector, model=model)
    return len(pieces)


def found(*, assistant_id: int, question: str) -> list[KnowledgeChunk]:
    """What the documents of this assistant say about it, by words, and by meaning where that is known."""
    model, vector = settings.OPENAI_EMBEDDING_MODEL, b""
    if embeddings.is_possible() and knowledge.has_meanings(assistant_id=assistant_id, model=model):
        try:
            (vector,) = embeddings.vectors([question], timeout_s=_QUESTION_S)
        except embeddings.UnableToEmbed as problem:
            log.warning("question not embedded", why=str(problem))
    return knowledge.search(assistant_id=assistant_id, question=question, vector=vector, model=model)
