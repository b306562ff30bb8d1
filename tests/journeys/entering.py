"""Every way in: who comes how, until they have heard the assistant's greeting."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote

from agents.models import Assistant, PromptVersion, RelayLine
from calls.models import Call, Number, SidebandWorker, SipDomain, WhatsAppSender
from calls.models.number import NumberDoor
from compliance.numbers import by_whatsapp
from tests.journeys.books import said
from tests.journeys.console import a_trunk, ask, at_carrier
from tests.journeys.house import NUMBERS, House, eventually
from tests.journeys.page import Page
from tests.journeys.people import until

NUMBER, CAROL = NUMBERS[0], "+12125550188"
SENDER = "+5511955550133"
PBX, PASSWORD = "sip:+12125550160@pbx.example.com", "Twelve-chars-1"

# How long the assistant greets; on a trunk it says the opening words itself.
GREETING_MS, LONG_GREETING_MS = 4_500, 14_000

# Somebody comes; their leg at the carrier.
Comes = Callable[[], str]


def greeted(house: House, comes: Comes) -> tuple[str, Call]:
    """Somebody who comes this way and has heard the greeting; their leg and their call."""
    last = Call.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    sid = comes()
    house.step(200)
    call = eventually(lambda: Call.objects.filter(pk__gt=last).first(), what="the call")
    until(house, lambda: said(call, "assistant"), what="the greeting")
    house.step(LONG_GREETING_MS if call.legs.filter(direction="trunk").exists() else GREETING_MS)
    return sid, call


@contextmanager
def by_stream(house: House) -> Iterator[Comes]:
    """A telephone, and a media stream."""
    yield lambda: house.call(to=NUMBER)


@contextmanager
def by_sip(house: House, door: NumberDoor = NumberDoor.OPENAI_SIP, *, of: str = NUMBER) -> Iterator[Comes]:
    """A telephone, and the model's SIP address; two processes look after such calls."""
    house.ask("POST", "sip", json={"webhooks": {"url": f"{house.url}/openai/webhook/"}}, at=house.model)
    house.lead_by_sip()
    was_recorded = Number.objects.get(e164=of).is_recorded
    Number.objects.filter(e164=of).update(door=door, is_recorded=was_recorded and door != NumberDoor.SIP_TRUNK)
    try:
        eventually(lambda: SidebandWorker.all_there().count() >= 2, within_s=90, what="two who look after calls by SIP")
        yield lambda: house.call(to=of)
    finally:
        Number.objects.filter(e164=of).update(door=NumberDoor.MEDIA_STREAM, is_recorded=was_recorded)
        house.ask("POST", "sip", json={"is_unreachable": False}, at=house.model)


@contextmanager
def by_trunk(house: House) -> Iterator[Comes]:
    """A telephone, and a trunk of the number's own that leads straight to the model."""
    trunk = a_trunk(house, "To the model")
    to = f"sip:{house.env['OPENAI_PROJECT_ID']}@sip.api.openai.com;transport=tls?X-Called-Number={quote(NUMBER)}"
    ask(
        house, "POST", "trunking", f"/v1/Trunks/{trunk}/OriginationUrls",
        FriendlyName="model", SipUrl=to, Priority="10", Weight="10", Enabled="true",
    )  # fmt: skip
    at_carrier(house, NUMBER, TrunkSid=trunk)

    def comes() -> str:
        offered = house.ask("POST", "trunk-calls", json={"to": NUMBER, "from": CAROL})
        assert offered["outcome"] == "answered"
        return str(offered["call_sid"])

    with by_sip(house, NumberDoor.SIP_TRUNK):
        try:
            yield comes
        finally:
            at_carrier(house, NUMBER, TrunkSid="")


@contextmanager
def by_relay(house: House) -> Iterator[Comes]:
    """A telephone, and a line of text. Nobody is asked whether they are there while the sandbox's time stands still."""
    before = dict(PromptVersion.objects.values_list("pk", "silence_prompt_s"))
    PromptVersion.objects.update(silence_prompt_s=0)
    for assistant in Assistant.objects.all():
        RelayLine.objects.get_or_create(assistant=assistant)
    Assistant.objects.update(door=Assistant.Door.RELAY)
    try:
        yield lambda: house.call(to=NUMBER)
    finally:
        Assistant.objects.update(door=Assistant.Door.STREAM)
        for pk, silence_prompt_s in before.items():
            PromptVersion.objects.filter(pk=pk).update(silence_prompt_s=silence_prompt_s)


@contextmanager
def a_sender(house: House) -> Iterator[WhatsAppSender]:
    """A number of ours on WhatsApp, set up by the command; afterwards there is none."""
    made = house.ask("PUT", f"whatsapp/senders/{SENDER}", json={})
    assistant = Number.objects.select_related("assistant").get(e164=NUMBER).assistant
    Number.objects.update_or_create(
        e164=SENDER, defaults={"label": "WhatsApp", "assistant": assistant, "is_recorded": False, "is_active": True}
    )
    said = house.manage("whatsapp", "set_up", SENDER, "--yes", "--edge", "sao-paulo")
    assert "is set up" in said
    assert "problem" not in said
    found = WhatsAppSender.objects.select_related("number").get(number__e164=SENDER)
    assert (found.sender_sid, found.edge) == (made["sid"], "sao-paulo")
    try:
        yield found
    finally:
        house.manage("whatsapp", "switch_off", SENDER)
        Number.objects.filter(e164=SENDER).update(is_active=False)


@contextmanager
def by_whatsapp_call(house: House) -> Iterator[Comes]:
    """WhatsApp, and a media stream."""
    with a_sender(house):
        yield lambda: house.call(to=by_whatsapp(SENDER), **{"from": by_whatsapp(CAROL)})


@contextmanager
def by_telephone_system(house: House) -> Iterator[Comes]:
    """A telephone system of the customer's own calls in at a SIP domain."""
    number = Number.objects.get(e164=NUMBER)
    with house.sign_in("ada@demo.test") as ada:

        def press(path: str, **form: str) -> str:
            answer = house.press(ada, f"/trunks/sending/{path}", **form)
            assert answer.status_code == 200, answer.text
            return answer.text

        press("lists/", name="Desk users", kind="credentials")
        html = press("domains/", domain="desk.sip.twilio.com", name="Desk", number=str(number.pk))
        domain = SipDomain.objects.get(domain="desk.sip.twilio.com")
        of = re.search(r"/trunks/sending/lists/(\d+)/user/", html)
        assert of is not None
        press(f"lists/{of[1]}/user/", user="pbx", password=PASSWORD)
        press(f"domains/{domain.pk}/let-in/", list=of[1])
        inward = {"to": "sip:sales@desk.sip.twilio.com", "from": PBX, "user": "pbx", "password": PASSWORD}
        try:
            yield lambda: str(house.ask("POST", "sip-calls", json=inward)["sid"])
        finally:
            press(f"domains/{domain.pk}/drop/")


@contextmanager
def by_page(house: House) -> Iterator[Comes]:
    """One of us, in a page: a test call of what the number's callers reach."""
    assistant = Number.objects.get(e164=NUMBER).assistant
    version = None if assistant is None else assistant.published_version()
    assert version is not None

    def comes() -> str:
        house.pages.append(Page(house, version))
        return house.pages[-1].sid

    try:
        yield comes
    finally:
        for page in house.pages:
            page.hang_up()
        house.pages.clear()


DOORS = {
    "media stream": by_stream,
    "OpenAI SIP": by_sip,
    "OpenAI SIP by a trunk": by_trunk,
    "ConversationRelay": by_relay,
    "WhatsApp": by_whatsapp_call,
    "telephone system": by_telephone_system,
    "browser": by_page,
}
