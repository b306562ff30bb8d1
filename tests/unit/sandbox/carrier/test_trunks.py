"""Trunks and everything that hangs on them, as the vendor's own client sees them; calls that go to SIP servers."""

import pytest

from tests.unit.sandbox.carrier.lines import ask, client_of, refused

A, B, C = "sip:a.example.com", "sip:b.example.com;transport=tls", "sip:c.example.com"


async def a_trunk(world, **words):
    """A trunk with one of the numbers on it."""
    client = client_of(world)
    trunk = await ask(lambda: client.trunking.v1.trunks.create(friendly_name="Berlin", **words))
    number = world.carrier.number_of("+14155550100")
    await ask(lambda: client.trunking.v1.trunks(trunk.sid).phone_numbers.create(phone_number_sid=number.sid))
    return client.trunking.v1.trunks(trunk.sid)


async def add(trunk, uri, priority=10, weight=10, enabled=True):
    words = {"sip_url": uri, "priority": priority, "weight": weight, "enabled": enabled, "friendly_name": uri}
    return await ask(lambda: trunk.origination_urls.create(**words))


async def answers(world, **codes):
    for host, code in codes.items():
        async with world.http.put(f"{world.base}/_sandbox/sip/{host}.example.com", json={"code": code}) as done:
            assert done.status == 204


async def call(world):
    async with world.http.post(f"{world.base}/_sandbox/trunk-calls", json={"to": "+14155550100"}) as done:
        assert done.status == 201, await done.text()
        return await done.json()


async def test_a_trunk_is_made_changed_listed_and_deleted(open_world):
    async with open_world() as world:
        trunk = await a_trunk(world, domain_name="acme.pstn.twilio.com", secure=True, transfer_mode="sip-only")
        found = await ask(trunk.fetch)
        assert (found.domain_name, found.secure, found.transfer_mode) == ("acme.pstn.twilio.com", True, "sip-only")
        await ask(lambda: trunk.recordings().update(mode="record-from-answer-dual", trim="do-not-trim"))
        assert (await ask(trunk.fetch)).recording == {"mode": "record-from-answer-dual", "trim": "do-not-trim"}
        await ask(lambda: trunk.update(cnam_lookup_enabled=True))
        assert (await ask(trunk.fetch)).secure is True
        assert [one.phone_number for one in await ask(trunk.phone_numbers.list)] == ["+14155550100"]
        assert await ask(trunk.delete)
        assert "TrunkSid" not in world.carrier.number_of("+14155550100").other


async def test_lists_come_in_pages_with_whole_addresses(open_world):
    async with open_world() as world:
        client = client_of(world)
        for name in "abcde":
            await ask(lambda name=name: client.trunking.v1.trunks.create(friendly_name=name))
        found = await ask(lambda: list(client.trunking.v1.trunks.stream(page_size=2)))
        assert [trunk.friendly_name for trunk in found] == list("abcde")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"domain_name": "acme.example.com"}, 21245),
        ({"domain_name": "taken.pstn.twilio.com"}, 21248),
        ({"transfer_mode": "always"}, 20001),
        ({"disaster_recovery_url": "/relative"}, 21205),
        ({"friendly_name": "x" * 65}, 20001),
    ],
)
async def test_a_wrong_trunk_is_refused(open_world, words, code):
    async with open_world() as world:
        client = client_of(world)
        await ask(lambda: client.trunking.v1.trunks.create(domain_name="taken.pstn.twilio.com"))
        assert await refused(lambda: client.trunking.v1.trunks.create(**words)) == code


async def test_addresses_of_a_trunk_are_ten_at_most_and_sip(open_world):
    async with open_world() as world:
        trunk = await a_trunk(world)
        good = {"sip_url": A, "priority": 1, "weight": 1, "enabled": True, "friendly_name": "a"}
        for wrong in ({"sip_url": "sips:a.example.com"}, {"weight": 0}, {"priority": 65536}, {"friendly_name": ""}):
            assert await refused(lambda wrong=wrong: trunk.origination_urls.create(**good | wrong)) == 20001
        made = [await add(trunk, f"sip:pbx{place}.example.com") for place in range(10)]
        assert await refused(lambda: trunk.origination_urls.create(**good)) == 20001
        await ask(lambda: trunk.origination_urls(made[0].sid).update(priority=3))
        assert (await ask(trunk.origination_urls(made[0].sid).fetch)).priority == 3
        assert await ask(trunk.origination_urls(made[0].sid).delete)


async def test_calls_go_to_the_lowest_priority_and_on_when_nobody_answers(open_world):
    async with open_world() as world:
        trunk = await a_trunk(world)
        await add(trunk, C, priority=30)
        await add(trunk, A, priority=10)
        await add(trunk, B, priority=20)
        await answers(world, b=503, c=200)
        came = await call(world)
        assert [(one["sip_url"], one["code"], one["ms"]) for one in came["attempts"]] == [
            (A, 0, 4000),
            (B, 503, 80),
            (C, 200, 80),
        ]
        assert (came["outcome"], came["answered_by"]) == ("answered", C)


@pytest.mark.parametrize("code", [400, 404, 405, 410, 416, 482, 484, 486, 600, 603, 604])
async def test_after_some_answers_nobody_else_is_asked(open_world, code):
    async with open_world() as world:
        trunk = await a_trunk(world, disaster_recovery_url=world.application.base + "/disaster")
        await add(trunk, A, priority=10)
        await add(trunk, C, priority=20)
        await answers(world, a=code, c=200)
        came = await call(world)
        assert (came["outcome"], len(came["attempts"])) == ("refused", 1)
        assert world.application.got("/disaster") == []


@pytest.mark.parametrize("code", [403, 408, 480, 488, 500, 503])
async def test_after_others_somebody_is(open_world, code):
    async with open_world() as world:
        trunk = await a_trunk(world)
        await add(trunk, A, priority=10)
        await add(trunk, C, priority=20)
        await answers(world, a=code, c=200)
        assert (await call(world))["answered_by"] == C


async def test_addresses_that_are_off_are_not_tried_and_a_weight_is_a_share(open_world):
    async with open_world() as world:
        trunk = await a_trunk(world)
        await add(trunk, A, priority=1, enabled=False)
        await add(trunk, B, priority=10, weight=9)
        await add(trunk, C, priority=10, weight=1)
        await answers(world, b=200, c=200)
        first = [(await call(world))["answered_by"] for _ in range(40)]
        assert A not in first
        assert 28 <= first.count(B) < 40


async def test_an_encrypted_trunk_asks_nobody_in_the_open(open_world):
    async with open_world() as world:
        trunk = await a_trunk(world, secure=True)
        await add(trunk, A, priority=1)
        await add(trunk, B, priority=2)
        await answers(world, a=200, b=200)
        assert (await call(world))["answered_by"] == B
        assert [entry["code"] for entry in world.carrier.ledger.since(kind="error")] == [32209]


async def test_when_all_addresses_fail_the_document_for_disasters_is_carried_out(open_world):
    async with open_world() as world:
        world.application.pages["/disaster"] = "<Response><Say>anchor</Say></Response>"
        trunk = await a_trunk(world, disaster_recovery_url=world.application.base + "/disaster")
        await add(trunk, A)
        came = await call(world)
        assert came["outcome"] == "disaster"
        await world.step(3000)
        assert world.application.got("/disaster")[0]["CallSid"] == came["call_sid"]
        assert world.carrier.calls[came["call_sid"]].status == "completed"


async def test_lists_hold_users_and_networks_and_no_password_is_written_down(open_world):
    async with open_world() as world:
        client = client_of(world)
        sip = client.api.v2010.account.sip
        users = await ask(lambda: sip.credential_lists.create(friendly_name="users"))
        at = sip.credential_lists(users.sid).credentials
        assert await refused(lambda: at.create(username="pbx", password="short")) == 20001
        await ask(lambda: at.create(username="pbx", password="Twelve-chars-1"))
        assert [one.username for one in await ask(at.list)] == ["pbx"]
        networks = await ask(lambda: sip.ip_access_control_lists.create(friendly_name="networks"))
        inside = sip.ip_access_control_lists(networks.sid).ip_addresses
        await ask(lambda: inside.create(friendly_name="office", ip_address="203.0.113.0", cidr_prefix_length=29))
        assert await refused(lambda: inside.create(friendly_name="x", ip_address="pbx.example.com")) == 20001
        trunk = await a_trunk(world)
        await ask(lambda: trunk.credentials_lists.create(credential_list_sid=users.sid))
        await ask(lambda: trunk.ip_access_control_lists.create(ip_access_control_list_sid=networks.sid))
        assert (await ask(trunk.fetch)).auth_type_set == ["CREDENTIAL_LIST", "IP_ACL"]
        assert await refused(sip.credential_lists(users.sid).delete) == 21240
        assert "Twelve-chars-1" not in str(world.carrier.ledger.since(kind="rest"))


async def test_a_telephone_system_calls_in_only_when_it_is_let_in(open_world):
    async with open_world() as world:
        client = client_of(world)
        sip = client.api.v2010.account.sip
        url = world.application.base + "/voice"
        domain = await ask(lambda: sip.domains.create(domain_name="acme.sip.twilio.com", voice_url=url))
        users = await ask(lambda: sip.credential_lists.create(friendly_name="users"))
        await ask(lambda: sip.credential_lists(users.sid).credentials.create(username="pbx", password="Twelve-chars-1"))
        world.application.pages["/voice"] = "<Response><Reject/></Response>"
        sent = {"to": "sip:sales@acme.sip.twilio.com", "from": "sip:12@pbx.example.com", "user": "pbx"}

        async def place(password: str) -> int:
            body = sent | {"password": password}
            async with world.http.post(f"{world.base}/_sandbox/sip-calls", json=body) as done:
                return done.status

        assert await place("Twelve-chars-1") == 409
        calls = sip.domains(domain.sid).auth.calls
        await ask(lambda: calls.credential_list_mappings.create(credential_list_sid=users.sid))
        assert await place("another") == 409
        assert await place("Twelve-chars-1") == 201
        await world.step(0)
        (form,) = world.application.got("/voice")
        assert (form["To"], form["From"], form["SipDomain"]) == (sent["to"], sent["from"], "acme.sip.twilio.com")
