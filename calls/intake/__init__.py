"""Who answers an incoming call, decided and stored before a word is spoken; and who goes on with one that was lost."""

from calls.intake.answers import (
    Answer,
    AskConsent,
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
from calls.intake.consent import AfterQuestion, NoQuestion, Parting, after_question
from calls.intake.continuation import AtKeypad, CannotGoOn, Continuation, EndWanted, InLine, after_line, take_up
from calls.intake.conversation import Conversation, Opening, by_sip, conversation_by_id, on_line, owed_tools, taken_up
from calls.intake.sip_arrival import by_sip_incoming

__all__ = [
    "AfterQuestion",
    "Answer",
    "AskConsent",
    "AtKeypad",
    "CannotGoOn",
    "Continuation",
    "Conversation",
    "EndWanted",
    "InLine",
    "LeaveMessage",
    "NoQuestion",
    "NoRoom",
    "NobodyHere",
    "NotInService",
    "OfferCallback",
    "Opening",
    "Parked",
    "Parting",
    "Told",
    "TurnedAway",
    "WithAssistant",
    "adopt",
    "after_line",
    "after_question",
    "by_sip",
    "by_sip_incoming",
    "conversation_by_id",
    "on_line",
    "open_ticket",
    "owed_tools",
    "receive",
    "take_up",
    "taken_up",
]
