"""The account: read by the vendor's own client, broken by the control routes, changed where the real one lets one."""

import asyncio
import json

import pytest
from aiohttp import encode_basic_auth
from twilio.base.exceptions import TwilioRestException

from tests.unit.sandbox.carrier.conftest import NUMBER
from tests.unit.sandbox.carrier.test_rest import ACCOUNT, KEY, TOKEN, client_of


async def settings_of(world, **changed) -> dict:
    async with world.http.post(f"{world.base}/_sandbox/account", json=changed) as answer:
        return await answer.json() | {"http": answer.status}


async def test_the_account_is_read_with_its_token_and_never_with_a_key(open_world):
    async with open_world(api_keys={KEY: "secret"}) as world:
        await settings_of(world, status="suspended", kind="Trial", balance="-1.5")
        account = await asyncio.to_thread(lambda: client_of(world).api.v2010.accounts(ACCOUNT).fetch())
        balance = await asyncio.to_thread(client_of(world).balance.fetch)
        assert (account.status, account.type, balance.balance) == ("suspended", "Trial", "-1.5")
        assert (await world.rest("GET", "/Balance.json", auth=(KEY, "secret")))[0] == 200
        with_key = client_of(world, user=KEY, secret="secret")
        with pytest.raises(TwilioRestException, match="401"):
            await asyncio.to_thread(lambda: with_key.api.v2010.accounts(ACCOUNT).fetch())


async def test_a_country_is_closed_and_opened_again_with_its_other_permissions_named(open_world):
    async with open_world() as world:
        await settings_of(world, countries={"US": False})
        voice = client_of(world).voice.v1.dialing_permissions
        assert (await asyncio.to_thread(voice.countries("US").fetch)).low_risk_numbers_enabled is False
        one = {"iso_code": "US", "low_risk_numbers_enabled": "true"}
        with pytest.raises(TwilioRestException, match="three permissions"):
            await asyncio.to_thread(lambda: voice.bulk_country_updates.create(update_request=json.dumps([one])))
        one |= {"high_risk_special_numbers_enabled": "false", "high_risk_tollfraud_numbers_enabled": "false"}
        await asyncio.to_thread(lambda: voice.bulk_country_updates.create(update_request=json.dumps([one])))
        assert (await asyncio.to_thread(voice.countries("US").fetch)).low_risk_numbers_enabled is True
        with pytest.raises(TwilioRestException, match="404"):
            await asyncio.to_thread(voice.countries("XX").fetch)


async def test_a_closed_country_and_a_suspended_account_ring_nobody(open_world):
    async with open_world() as world:
        form = {"To": "+12125550150", "From": NUMBER, "Twiml": "<Response/>"}
        for change, code in (({"countries": {"US": False}}, 21215), ({"status": "suspended"}, 20005)):
            await settings_of(world, **change)
            assert (await world.rest("POST", "/Calls.json", data=form))[1]["code"] == code
        await settings_of(world, countries={"US": True}, status="active")
        assert (await world.rest("POST", "/Calls.json", data=form))[0] == 201


async def test_services_workflows_and_regions_are_what_was_set(open_world):
    async with open_world() as world:
        await settings_of(
            world,
            services=[{"name": "Marketing", "numbers": [NUMBER], "inbound_url": "https://elsewhere.example/"}],
            workflows=["WW" + "1" * 32],
            regions={NUMBER: "ie1"},
        )
        client = client_of(world)

        def look():
            (service,) = client.messaging.v1.services.list()
            (of_service,) = service.phone_numbers.list()
            service.update(use_inbound_webhook_on_number=True)
            (workspace,) = client.taskrouter.v1.workspaces.list()
            (workflow,) = workspace.workflows.list()
            number = client.routes.v2.phone_numbers(NUMBER)
            before = number.fetch().voice_region
            number.update(voice_region="us1")
            after = (number.fetch().voice_region, client.messaging.v1.services(service.sid).fetch())
            return of_service.phone_number, workflow.sid, before, after

        of_service, workflow, before, (region, service) = await asyncio.to_thread(look)
        assert (of_service, workflow, before, region) == (NUMBER, "WW" + "1" * 32, "ie1", "us1")
        assert service.use_inbound_webhook_on_number is True


async def test_what_goes_wrong_becomes_an_alert_and_is_told_to_whoever_asked_for_it(open_world):
    async with open_world() as world:
        await settings_of(world, debugger_url=f"{world.application.base}/debugger")
        world.configure(voice_url="http://127.0.0.1:9/nowhere")
        call = await world.call()
        await world.until_ended(call)
        (alert, *_) = await asyncio.to_thread(lambda: client_of(world).monitor.v1.alerts.list(log_level="error"))
        assert (alert.error_code, alert.resource_sid) == ("11205", call.sid)
        told = world.application.got("/debugger")
        assert {json.loads(one["Payload"])["error_code"] for one in told} >= {"11205"}
        assert told[0]["AccountSid"] == ACCOUNT
        assert told[0]["Sid"].startswith("NO")


async def test_errors_that_come_together_are_all_told(open_world):
    async with open_world() as world:
        await settings_of(world, debugger_url=f"{world.application.base}/debugger")
        for code in (32011, 11205, 11200):
            async with world.http.post(f"{world.base}/_sandbox/alerts", json={"code": code}) as answer:
                assert answer.status == 201
        await world.settle()
        told = [json.loads(one["Payload"])["error_code"] for one in world.application.got("/debugger")]
        assert sorted(told) == ["11200", "11205", "32011"]


async def test_an_error_of_the_debuggers_own_webhook_is_none_for_the_debugger(open_world):
    async with open_world() as world:
        await settings_of(world, debugger_url="http://127.0.0.1:9/nowhere")
        world.configure(voice_url="http://127.0.0.1:9/nowhere")
        await world.until_ended(await world.call())
        sent = world.carrier.ledger.since(kind="debugger")
        assert 0 < len(sent) <= 4


async def test_hosts_are_told_apart_and_keys_are_asked_for(open_world):
    async with open_world() as world:
        ours = {"Authorization": encode_basic_auth(ACCOUNT, TOKEN)}
        at = {host: {"X-Twilio-Host": f"{host}.twilio.com"} for host in ("messaging", "voice")}
        for headers, status in ((at["messaging"], 401), (ours | at["voice"], 404), (ours, 404)):
            async with world.http.get(f"{world.base}/v1/Services", headers=headers) as answer:
                assert answer.status == status
        services = client_of(world).messaging.v1.services
        assert await asyncio.to_thread(services.list) == []


async def test_nonsense_is_refused_and_changes_nothing(open_world):
    async with open_world() as world:
        for wrong in ({"status": "asleep"}, {"colour": "red"}, {"countries": [1]}, {"services": [{"sid": "MG1"}]}):
            assert (await settings_of(world, **wrong))["http"] == 400
        assert (await settings_of(world))["status"] == "active"
        async with world.http.delete(f"{world.base}/_sandbox/account") as answer:
            assert answer.status == 204


async def test_a_recordings_sound_is_given_to_anybody_only_where_the_account_says_so(open_world):
    async with open_world() as world:
        path = f"{world.base}/2010-04-01/Accounts/{ACCOUNT}/Recordings/RE{'0' * 32}.wav"
        for is_protected, status in ((True, 401), (False, 404)):
            await settings_of(world, is_media_protected=is_protected)
            async with world.http.get(path) as answer:
                assert answer.status == status
        async with world.http.get(f"{world.base}/2010-04-01/Accounts/{ACCOUNT}/Calls.json") as answer:
            assert answer.status == 401
