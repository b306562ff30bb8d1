"""People who are put on the telephone: agents with seats, queues, and waiting for what the worker does meanwhile."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

from django.contrib.auth.models import Group, User
from django.utils import timezone

from agents import presence
from agents.models import Agent, Assistant, Department, Membership, Queue
from calls.lifecycle import LEG_ENDED
from calls.models import Call, Leg, Offer, Transfer
from tests.journeys.books import call_of
from tests.journeys.house import House, eventually

WANTS_A_PERSON = "I would like to speak to a person."
Found = TypeVar("Found")


def until(house: House, look: Callable[[], Found | None], *, within_ms: int = 60_000, what: str = "") -> Found:
    """Let the sandbox's time pass until `look` finds something true; the worker gets some real time at every turn."""
    pause, passed, end = threading.Event(), 0, time.monotonic() + 60
    while True:
        found = look()
        if found:
            return found
        is_time_left = passed < within_ms and time.monotonic() < end
        assert is_time_left, f"never came: {what or look}\n{story()}"
        house.step(200)
        passed += 200
        pause.wait(0.03)


def story() -> str:
    """What happened on the newest call, for whoever reads a failure."""
    call = Call.objects.order_by("-pk").first()
    if call is None:
        return "no call"
    lines = [f"{e.at:%M:%S.%f} {e.kind} {e.data}" for e in call.events.order_by("pk")]
    lines += [
        f"offer to {o.agent or o.address}: leg {o.leg_status}, accepted {o.accepted_at}, joined {o.joined_at}, left "
        f"{o.left_at}, outcome {o.outcome!r}, {o.refused_why}"
        for o in Offer.objects.filter(transfer__call=call).select_related("agent")
    ]
    return "\n".join(lines)


def a_queue(name: str = "Front desk", **fields: Any) -> Queue:
    """A queue, the same one every time, as it is told now."""
    department = Department.objects.get(slug="reception")
    usual = {"overflow": "assistant", "overflow_queue": None, "max_wait_s": 120, "ring_s": 20}
    queue, _ = Queue.objects.update_or_create(
        slug=name.lower().replace(" ", "-"),
        defaults={"name": name, "department": department} | usual | fields,
    )
    return queue


def an_agent(house: House, name: str, phone: str, persona: str, *, queue: Queue | None, **how: Any) -> Agent:
    """Somebody with a telephone, free now, who behaves as the sandbox's persona says."""
    user, _ = User.objects.get_or_create(username=f"{name}@demo.test", defaults={"email": f"{name}@demo.test"})
    user.groups.add(Group.objects.get(name="agent"))
    agent, _ = Agent.objects.update_or_create(
        user=user,
        defaults={
            "name": name.capitalize(),
            "department": Department.objects.get(slug="reception"),
            "seat": Agent.Seat.PHONE,
            "phone_e164": phone,
            "is_active": True,
        },
    )
    Membership.objects.filter(agent=agent).delete()
    if queue is not None:
        Membership.objects.create(queue=queue, agent=agent)
    Agent.objects.filter(pk=agent.pk).update(state=Agent.State.AWAY, goes_away=False)
    presence.set_available(agent.pk, now=timezone.now())
    house.ask("PUT", f"agents/{quote(phone, safe='')}", json={"persona": persona} | how)
    agent.refresh_from_db()
    return agent


def nobody_here() -> None:
    """Everybody is away, no assistant has a queue, and what a broken journey left open is over."""
    Offer.objects.filter(closed_at=None).update(closed_at=timezone.now())
    Transfer.objects.exclude(state="ended").update(state="ended")
    Agent.objects.update(state=Agent.State.AWAY, is_active=False)
    Assistant.objects.update(queue=None)


def everybody_hangs_up(house: House) -> None:
    """No line is left open for the next journey."""
    for page in house.pages:
        page.hang_up()
    for line in house.ask("GET", "calls")["calls"]:
        if line["ended_at_ms"] is None:
            house.ask("POST", f"calls/{line['sid']}/hangup")
    house.step(500)
    eventually(lambda: not Call.objects.exclude(phase="closed").exists(), what="the end of every call")
    # Where a journey had reports lost, the carrier would be asked a minute later; here its lines are known to be over.
    Leg.objects.exclude(status__in=LEG_ENDED).update(status="completed", ended_at=timezone.now())


def reached_by(queue: Queue | None) -> None:
    """Callers of every assistant who ask for a person come into this queue."""
    Assistant.objects.update(queue=queue)


def asking(house: House, **more: Any) -> tuple[str, Call]:
    """A caller who has asked for a person; their leg and their call."""
    sid = house.call(**more)
    house.step_to_stream(sid)
    assert house.step(15_000, until={"call": sid, "silent_ms": 700})["reached"]
    house.ask("POST", f"calls/{sid}/say", json={"text": WANTS_A_PERSON})
    call = call_of(sid)
    until(house, call.transfers.exists, what="a transfer")
    return sid, call


def offer_of(call: Call, n: int = 0) -> Offer | None:
    """The call's n-th offer, if it has been made."""
    return Offer.objects.filter(transfer__call=call).order_by("pk").select_related("leg", "agent")[n : n + 1].first()


def transfer_of(call: Call) -> Transfer:
    """The call's newest transfer."""
    return Transfer.objects.filter(call=call).order_by("-pk")[0]


def phase_of(call: Call) -> str:
    """The call's phase now."""
    return str(Call.objects.values_list("phase", flat=True).get(pk=call.pk))


def offers_of(call: Call) -> list[Offer]:
    """Every offer that was made for the call, in order."""
    return list(Offer.objects.filter(transfer__call=call).order_by("pk").select_related("leg", "agent"))


def words(house: House, sid: str) -> str:
    """What the carrier itself has said to somebody."""
    return " ".join(verb["text"] for verb in house.on_line(sid)["verbs"] if verb["verb"] == "Say")


def told(house: House, path: str) -> list[dict[str, Any]]:
    """When we were asked what somebody hears meanwhile, and what we answered."""
    asked = house.ask("GET", "ledger", params={"kind": "webhook"})["entries"]
    return [each | {"answer": each.get("answer") or ""} for each in asked if path in each["url"]]


def now() -> datetime:
    """The product's own time: it does not stand still with the sandbox's."""
    return timezone.now()


def told_to_model(house: House) -> list[str]:
    """The system messages of the model's newest session."""
    items = house.model_session()["items"]
    return [part.get("text", "") for item in items if item.get("role") == "system" for part in item.get("content", [])]
