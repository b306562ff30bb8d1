"""What the product wrote down of a call, as its own models tell it."""

from calls.models import Call, Recording, TranscriptTurn
from tests.journeys.house import eventually


def call_of(sid: str) -> Call:
    """The call of a leg, once it is stored."""
    return eventually(lambda: Call.objects.filter(legs__leg_sid=sid).first(), what=f"call of {sid}")


def closed(sid: str) -> Call:
    """The call of a leg, once it is closed and its stream's books are."""

    def look() -> Call | None:
        call = call_of(sid)
        open_streams = call.streams.filter(opened_at__isnull=False, closed_at=None).exists()
        return call if not call.is_live and not open_streams else None

    return eventually(look, what=f"end of {sid}")


def stored(call: Call) -> Recording:
    """The call's recording, once our copy is stored and the carrier's own is gone."""
    return eventually(
        lambda: Recording.objects.filter(call=call, copy_state="removed").first(), what=f"recording of call {call.pk}"
    )


def said(call: Call, party: str = "") -> list[TranscriptTurn]:
    """The turns of a call in order, without the opening words."""
    turns = call.turns.exclude(item_id="opening").order_by("started_ms", "pk")
    return list(turns.filter(party=party) if party else turns)


def words(call: Call, party: str) -> str:
    """Everything one party has said, as one text."""
    return " ".join(turn.text for turn in said(call, party))


def kinds(call: Call) -> list[str]:
    """The kinds of a call's events, in order."""
    return list(call.events.order_by("at", "pk").values_list("kind", flat=True))
