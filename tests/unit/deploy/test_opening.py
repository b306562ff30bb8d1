"""The block the demo greets with."""

from pathlib import Path

from deploy import environment, opening, processes
from deploy.environment import Ports, SandboxKeys
from deploy.instance import Instance

SECRETS = SandboxKeys(account_sid="AC-secret", auth_token="token-secret", api_key="sk-secret")


def running() -> Instance:
    return Instance(
        launcher=processes.own_mark(),
        mode="demo",
        host="127.0.0.1",
        url="http://127.0.0.1:8000",
        ports=Ports(web=8000, carrier=8005, model=8006, pages=9000, bridge=9001, bridges=2),
    )


def block(*, problem: str = "", **given: str) -> str:
    me = running()
    serve = environment.for_serve(
        given,
        host=me.host,
        port=8000,
        database_url="postgresql://db",
        redis_url="redis://:pw-secret@r",
        secret_key="k-secret",
    )
    env = environment.for_demo(serve, ports=me.ports, keys=SECRETS, var=Path("/var"))
    return opening.demo_block(
        env, instance=me, seeded="6 people\nsupervisor: sam", stores_s=0.84, ready_s=6.25, problem=problem
    )


def test_it_says_where_everything_is_and_what_is_simulated() -> None:
    text = block()
    for words in (
        "stores up in 0.8 s",
        "ready after 6.2 s",
        "6 people",
        "supervisor: sam",
        "http://127.0.0.1:8000 ",
        "http://127.0.0.1:8005 ",
        "http://127.0.0.1:8000/test-calls/ ",
        "2 bridges",
        "Nothing leaves this machine.",
        "Ctrl-C stops everything.",
    ):
        assert words in text


def test_it_tells_no_secret() -> None:
    assert "secret" not in block()


def test_it_does_not_promise_more_than_is_true_with_a_real_model() -> None:
    text = block(OPENAI_API_KEY="sk-secret-of-mine")
    assert "Nothing leaves" not in text
    assert "simulated phone network, real model" in text
    assert "no customers call by themselves" in text
    assert "secret" not in text


def test_a_problem_with_the_numbers_is_part_of_it() -> None:
    assert "  no such command\n" in block(problem="no such command")
