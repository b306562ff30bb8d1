"""Calls, numbers and personas as the control API shows them."""

from dataclasses import asdict
from typing import Any

from sandbox import speech
from sandbox.carrier.agents import Agent
from sandbox.carrier.personas import Persona
from sandbox.carrier.room import Room
from sandbox.carrier.state import Call, Carrier, Number

CALLER_VOICE = "caller"


def call_row(call: Call) -> dict[str, Any]:
    """A call in a list."""
    doing = next((verb for verb in reversed(call.verbs) if verb.ended_at_ms is None), None)
    return {
        "sid": call.sid,
        "to": call.to,
        "from": call.from_,
        "caller": call.caller,
        "direction": call.direction,
        "parent_sid": call.parent_sid,
        "status": call.status.value,
        "created_at_ms": call.created_at_ms,
        "answered_at_ms": call.line.answered_at_ms,
        "ended_at_ms": call.ended_at_ms,
        "ended_by": call.ended_by,
        "is_forgotten": call.is_forgotten,
        "duration_s": call.duration_s,
        "answered_by": call.answered_by,
        "doing": doing.verb if doing else "",
        "room": call.visits[-1].room if call.visits and call.visits[-1].left_at_ms is None else "",
    }


def call_detail(carrier: Carrier, call: Call) -> dict[str, Any]:
    """Everything about one call: verbs, streams, recordings, and what the ledger holds of it."""
    entries = carrier.ledger.since(call_sid=call.sid)
    return {
        **call_row(call),
        "verbs": [asdict(verb) for verb in call.verbs],
        "visits": [asdict(visit) for visit in call.visits],
        "streams": [log.as_json() for log in call.streams],
        "one_way": [log.as_json() for log in call.copies],
        "recordings": [
            {
                "sid": recording.sid,
                "status": recording.status,
                "source": recording.source,
                "started_at_ms": recording.started_at_ms,
                "duration_ms": recording.duration_ms,
                "spans": [list(span) for span in recording.spans],
            }
            for recording in call.recordings
        ],
        "webhooks": [entry for entry in entries if entry["kind"] == "webhook"],
        "callbacks": [entry for entry in entries if entry["kind"] == "callback"],
        "rest": [entry for entry in entries if entry["kind"] == "rest"],
        "dials": [entry for entry in entries if entry["kind"] == "dial"],
        "problems": [entry for entry in entries if entry["kind"] in ("error", "warning", "fault")],
    }


def room_row(room: Room) -> dict[str, Any]:
    """A conference and who is in it."""
    return {
        "sid": room.sid,
        "name": room.name,
        "status": room.status,
        "created_at_ms": room.created_at_ms,
        "started_at_ms": room.started_at_ms,
        "ended_at_ms": room.ended_at_ms,
        "reason_ended": room.reason_ended,
        "members": [
            {
                "call_sid": member.call.sid,
                "label": member.terms.label,
                "joined_at_ms": member.visit.joined_at_ms,
                "muted": member.muted,
                "held": member.is_held,
                "coaching": member.coaches if member.is_coaching else "",
            }
            for member in room.members.values()
        ],
        "dialled": [{"call_sid": call.sid, "label": terms.label} for call, terms in room.dialled.values()],
    }


def number_row(number: Number) -> dict[str, Any]:
    """A number and whether anyone said what happens to its calls."""
    return {"number": number.e164, "name": number.friendly_name, "is_configured": bool(number.voice_url)}


def persona_row(persona: Persona) -> dict[str, Any]:
    """A persona as the phone page offers it."""
    return {"name": persona.name, "title": persona.title, "about": persona.about, "from": persona.from_}


def agent_persona_row(agent: Agent) -> dict[str, Any]:
    """An agent that could be registered."""
    return {"name": agent.name, "title": agent.title, "about": agent.about}


def agent_rows(carrier: Carrier) -> list[dict[str, Any]]:
    """Every agent who is registered."""
    return [agent_row(carrier, who, agent) for who, agent in carrier.agents.items()]


def agent_row(carrier: Carrier, who: str, agent: Agent) -> dict[str, Any]:
    """An agent who is registered, and what became of the newest call there."""
    newest = next((call for call in reversed(carrier.calls.values()) if call.is_outgoing and call.to == who), None)
    shown = {**asdict(agent), "address": who, "call_sid": "", "status": ""}
    return shown if newest is None else shown | {"call_sid": newest.sid, "status": newest.status.value}


def sentences() -> list[str]:
    """Prepared sentences that a visitor's own voice can say at a click."""
    return list(speech.prepared_texts(voice=CALLER_VOICE))
