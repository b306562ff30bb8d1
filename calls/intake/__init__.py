"""Who answers an incoming call, decided and stored before a word is spoken; and who goes on with one that was lost."""

from calls.intake.arrival import (
    Answer,
    NobodyHere,
    NoRoom,
    NotInService,
    WithAssistant,
    adopt,
    open_ticket,
    receive,
)
from calls.intake.continuation import AtKeypad, CannotGoOn, Continuation, EndWanted, Parked, take_up
from calls.intake.conversation import Conversation, conversation_by_id, taken_up

__all__ = [
    "Answer",
    "AtKeypad",
    "CannotGoOn",
    "Continuation",
    "Conversation",
    "EndWanted",
    "NoRoom",
    "NobodyHere",
    "NotInService",
    "Parked",
    "WithAssistant",
    "adopt",
    "conversation_by_id",
    "open_ticket",
    "receive",
    "take_up",
    "taken_up",
]
