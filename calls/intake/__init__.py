"""Who answers an incoming call, decided and stored before a word is spoken; and who goes on with one that was lost."""

from calls.intake.answers import (
    Answer,
    LeaveMessage,
    NobodyHere,
    NoRoom,
    NotInService,
    OfferCallback,
    Parked,
    Told,
    TurnedAway,
    WithAssistant,
)
from calls.intake.arrival import adopt, open_ticket, receive
from calls.intake.continuation import CannotGoOn, Continuation, EndWanted, take_up
from calls.intake.conversation import Conversation, conversation_by_id, taken_up

__all__ = [
    "Answer",
    "CannotGoOn",
    "Continuation",
    "Conversation",
    "EndWanted",
    "LeaveMessage",
    "NoRoom",
    "NobodyHere",
    "NotInService",
    "OfferCallback",
    "Parked",
    "Told",
    "TurnedAway",
    "WithAssistant",
    "adopt",
    "conversation_by_id",
    "open_ticket",
    "receive",
    "take_up",
    "taken_up",
]
