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
from calls.intake.continuation import (
    AtKeypad,
    CannotGoOn,
    Continuation,
    EndWanted,
    InLine,
    after_line,
    leave_message,
    take_up,
)
from calls.intake.conversation import (
    TEST_CALL_S,
    Conversation,
    Opening,
    by_sip,
    conversation_by_id,
    on_line,
    owed_tools,
    taken_up,
)
from calls.intake.page_line import PageLine, PageTicket, UnableToBegin, begin_test_call, open_page_ticket
from calls.intake.rules import warm_up
from calls.intake.sip_arrival import by_sip_incoming

__all__ = [
    "TEST_CALL_S",
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
    "PageLine",
    "PageTicket",
    "Parked",
    "Parting",
    "Told",
    "TurnedAway",
    "UnableToBegin",
    "WithAssistant",
    "adopt",
    "after_line",
    "after_question",
    "begin_test_call",
    "by_sip",
    "by_sip_incoming",
    "conversation_by_id",
    "leave_message",
    "on_line",
    "open_page_ticket",
    "open_ticket",
    "owed_tools",
    "receive",
    "take_up",
    "taken_up",
    "warm_up",
]
