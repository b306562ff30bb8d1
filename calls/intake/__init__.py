"""Who answers an incoming call, decided and stored before a word is spoken; and who goes on with one that was lost."""

from calls.intake.arrival import (
    Answer,
    AskConsent,
    NobodyHere,
    NoRoom,
    NotInService,
    WithAssistant,
    adopt,
    open_ticket,
    receive,
)
from calls.intake.consent import AfterQuestion, NoQuestion, Parting, after_question
from calls.intake.continuation import CannotGoOn, Continuation, EndWanted, InLine, Parked, take_up
from calls.intake.conversation import Conversation, Opening, conversation_by_id, taken_up

__all__ = [
    "AfterQuestion",
    "Answer",
    "AskConsent",
    "CannotGoOn",
    "Continuation",
    "Conversation",
    "EndWanted",
    "InLine",
    "NoQuestion",
    "NoRoom",
    "NobodyHere",
    "NotInService",
    "Opening",
    "Parked",
    "Parting",
    "WithAssistant",
    "adopt",
    "after_question",
    "conversation_by_id",
    "open_ticket",
    "receive",
    "take_up",
    "taken_up",
]
