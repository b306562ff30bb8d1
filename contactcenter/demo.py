"""The demo's world: Marlow Outdoor, its departments, assistants, people, and calls of the past days."""

from dataclasses import dataclass

BUSINESS = "Marlow Outdoor"
BY_SIP = "+14155550102"
PASSWORD = "demo"
BUSINESS_KEY = "sandbox-business"  # what the simulated calendar and customer file let in

# slug -> name, description
DEPARTMENTS = {
    "reception": ("Reception", "The first voice; opening hours, directions, who does what."),
    "orders": ("Orders", "Deliveries, changes and returns."),
    "repairs": ("Repairs", "The workshop."),
    "billing": ("Billing", "Invoices and refunds."),
}

# assistant -> (department, starter prompt, number, label)
ASSISTANTS = {
    "Reception": ("reception", "reception", "+14155550100", "Main number"),
    "Orders desk": ("orders", "orders", "+14155550101", "Orders"),
    "Repairs desk": ("repairs", "repairs", "+14155550102", "Repairs"),
}

# What callers of every assistant may key in: name -> label, kind, further fields of SecureField
SECRETS: dict[str, tuple[str, str, dict[str, object]]] = {
    "card_payment": ("your card", "payment", {"currency": "usd", "description": "Marlow Outdoor, by telephone"}),
    "card_on_file": ("your card", "token", {"token_type": "reusable"}),
    "account_pin": ("your account PIN", "secret", {"min_digits": 4, "max_digits": 4, "check_by": "hash"}),
}
ACCOUNT_PIN = "2580"

# e-mail -> (first name, last name, group)
PEOPLE = {
    "sam@demo.test": ("Sam", "Okafor", "supervisor"),
    "max@demo.test": ("Max", "Lindqvist", "agent"),
    "ivy@demo.test": ("Ivy", "Castellano", "agent"),
    "lee@demo.test": ("Lee", "Novak", "agent"),
    "ada@demo.test": ("Ada", "Moreau", "admin"),
    "olga@demo.test": ("Olga", "Brandt", "auditor"),
}


# slug -> name, department, seconds of ringing
QUEUES = {
    "front-desk": ("Front desk", "reception", 20),
    "workshop": ("Workshop", "repairs", 20),
}

# e-mail -> department, telephone (empty: in the browser), queues, free from the beginning
AGENTS = {
    "max@demo.test": ("reception", "", ("front-desk", "workshop"), False),
    "ivy@demo.test": ("reception", "+14155550171", ("front-desk",), True),
    "lee@demo.test": ("repairs", "+14155550172", ("workshop", "front-desk"), True),
    "sam@demo.test": ("reception", "", (), False),
}

# code -> name
DISPOSITIONS = {
    "resolved": "Resolved",
    "call-back": "Somebody calls back",
    "refund": "Refund promised",
    "wrong-place": "Wrong department",
    "complaint": "Complaint",
}


@dataclass(frozen=True, slots=True)
class PastCall:
    """A conversation that was held once: who called which assistant, how it ended, and the words in turn.

    Lines alternate, the assistant first; a line that ends in ✂ was interrupted there, the rest was not heard.
    """

    customer: str
    assistant: str
    ended_reason: str
    lines: tuple[str, ...]
    keys: str = ""
    is_rare: bool = False


PAST_CALLS = (
    PastCall(
        "+14155550142",
        "Reception",
        "assistant_ended",
        (
            "Thank you for calling Marlow Outdoor. How can I help you today?",
            "Hi, are you open on Saturday?",
            "Yes, on Saturday from ten to four. Is there anything else?",
            "No, that's it, thanks. Bye.",
            "You're welcome. Goodbye.",
        ),
    ),
    PastCall(
        "+13125550177",
        "Repairs desk",
        "caller_hung_up",
        (
            "Hello, this is the repairs desk of Marlow Outdoor. What would you like us to mend?",
            "A tent. The zip of the inner door is stuck.",
            "Zips take about a week. Bring it to the workshop, or send it with a note and ✂ your telephone number.",
            "I'll just bring it in on Friday, thank you.",
        ),
    ),
    PastCall(
        "+12065550118",
        "Orders desk",
        "assistant_ended",
        (
            "Hello, you have reached the orders desk of Marlow Outdoor. Do you have your order number at hand?",
            "Yes, it's four four one.",
            "Four four one, is that right?",
            "Right. It still says it's being packed.",
            "Orders leave within two working days, so it should be on its way tomorrow at the latest.",
            "Okay, good to know. Goodbye.",
            "Thank you for calling. Goodbye.",
        ),
    ),
    PastCall(
        "+14085550163",
        "Reception",
        "caller_silent",
        (
            "Thank you for calling Marlow Outdoor. How can I help you today?",
            "",
            "Are you still there?",
            "",
            "I cannot hear you, so I will end the call now. Goodbye.",
        ),
    ),
    PastCall(
        "+19175550125",
        "Reception",
        "assistant_ended",
        (
            "Thank you for calling Marlow Outdoor. How can I help you today?",
            "Which departments can I reach?",
            "For orders, press one. For repairs, press two. For billing, press three.",
            "",
            "Billing. I can explain an invoice, or tell you about a refund. Which one is it?",
            "I sent a jacket back last week. When do I get my money?",
            "Within five working days after the parcel is back, on the card that paid.",
            "Perfect. That was all.",
            "Have a good day. Goodbye.",
        ),
        keys="3",
    ),
    PastCall(
        "+16175550190",
        "Orders desk",
        "model_lost",
        (
            "Hello, you have reached the orders desk of Marlow Outdoor. Do you have your order number at hand?",
            "No, I don't. I only have the e-mail address.",
        ),
        is_rare=True,
    ),
    PastCall(
        "+442079460958",
        "Reception",
        "caller_hung_up",
        (
            "Thank you for calling Marlow Outdoor. How can I help you today?",
            "Do you ship to England?",
            "I am not sure about that, and I would rather not guess. Shall a colleague call you back?",
            "No, I'll write an e-mail. Cheers.",
        ),
    ),
    PastCall(
        "+15035550134",
        "Repairs desk",
        "supervisor_ended",
        (
            "Hello, this is the repairs desk of Marlow Outdoor. What would you like us to mend?",
            "This is a recorded offer for your business telephone line.",
        ),
    ),
)
