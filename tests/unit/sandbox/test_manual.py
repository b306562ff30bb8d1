"""The manual, docs/sandbox.md, names every switch, every route, every step and every poison there is."""

import re
from dataclasses import fields
from pathlib import Path

from aiohttp import web

import sandbox
from sandbox.carrier import app as carrier_app
from sandbox.carrier import faults as carrier_faults
from sandbox.carrier.agents import Agent, Pickup
from sandbox.carrier.agents import load_all as load_agents
from sandbox.carrier.personas import Step, When
from sandbox.carrier.poisons import POISONS
from sandbox.carrier.rest.wire import CARRIER
from sandbox.clock import Clock
from sandbox.model import faults as model_faults
from sandbox.model import script
from sandbox.model.app import make_app

MANUAL = (Path(sandbox.__file__).parents[1] / "docs" / "sandbox.md").read_text(encoding="utf-8")
OF_CARRIER, _, OF_MODEL = MANUAL.partition("## Control routes of the model")
WORDS = {
    of: set(re.findall(r"\w+", text)) | set(re.findall(r"[\w-]+", text))
    for of, text in (("carrier", OF_CARRIER), ("model", OF_MODEL))
}


def names_of(*shapes: type) -> set[str]:
    return {each.name for shape in shapes for each in fields(shape)}


def test_every_switch_of_the_carrier():
    switches = names_of(
        *(carrier_faults.StreamFaults, carrier_faults.RecordingFaults, carrier_faults.RestFaults),
        *(carrier_faults.CallbackRule, carrier_faults.RestDelay),
    )
    assert switches - WORDS["carrier"] == set()


def test_every_switch_of_the_model_has_a_row_and_no_other_has():
    rows = re.findall(r"^\| (`[^|]+`) \|", OF_MODEL.partition("| Switch of the model |")[2], flags=re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named == names_of(model_faults.Faults)


def test_every_field_of_a_rule():
    assert script._RULE_FIELDS - WORDS["model"] == set()


def test_every_key_and_moment_of_a_step():
    assert (names_of(Step) | set(When)) - WORDS["carrier"] == set()


def test_every_key_of_an_agent_and_every_agent_there_is():
    assert (names_of(Agent) | set(Pickup) | set(load_agents())) - WORDS["carrier"] == set()


def test_every_poison_has_its_row():
    section = OF_CARRIER.partition("### Poisons")[2]
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|$", section, flags=re.MULTILINE))
    assert rows == {name: poison.about for name, poison in POISONS.items()}


def routes_of(app: web.Application) -> set[str]:
    """The last words of its control routes."""
    paths = {route.resource.canonical for route in app.router.routes() if route.resource}
    last = {path.rpartition("/")[2] for path in paths if path.startswith("/_sandbox/") and not path.endswith("}")}
    return {name.partition(".")[0] for name in last}


def test_every_control_route_of_the_model():
    assert routes_of(make_app(clock=Clock(), api_key="x")) - WORDS["model"] == set()


def test_every_control_route_of_the_carrier(tmp_path):
    app = carrier_app.make_app(
        clock=Clock(), account_sid="AC1", auth_token="x", numbers=[], var_dir=tmp_path, base_url="http://x.test"
    )
    app[CARRIER].ledger.close()
    assert routes_of(app) - WORDS["carrier"] == set()
