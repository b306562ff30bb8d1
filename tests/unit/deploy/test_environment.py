"""What the product's environment is made of, for real accounts and for the demo."""

from pathlib import Path

import pytest

from deploy import environment, private_files
from deploy.environment import Ports, SandboxKeys

KEYS = SandboxKeys(account_sid="AC1", auth_token="token", api_key="sk-sandbox-1", rest_key="SK1", rest_secret="s")
PORTS = Ports(web=8000, carrier=8001, model=8002, business=8003)


def serve(given: dict[str, str], *, host: str = "127.0.0.1") -> dict[str, str]:
    return environment.for_serve(
        given, host=host, port=8000, database_url="postgresql://brought", redis_url="redis://brought", secret_key="made"
    )


def demo(given: dict[str, str]) -> dict[str, str]:
    return environment.for_demo(serve(given), ports=PORTS, keys=KEYS, var=Path("/somewhere/var"))


def test_what_is_missing_is_filled_in() -> None:
    env = serve({})
    assert env["DATABASE_URL"] == "postgresql://brought"
    assert env["REDIS_URL"] == "redis://brought"
    assert env["SECRET_KEY"] == "made"
    assert env["PUBLIC_URL"] == "http://127.0.0.1:8000"


def test_what_the_person_set_stays() -> None:
    given = {"DATABASE_URL": "postgresql://mine", "SECRET_KEY": "mine", "PUBLIC_URL": "https://voice.example.com"}
    assert given.items() <= serve(given).items()


def test_an_empty_value_counts_as_not_set() -> None:
    assert serve({"DATABASE_URL": "", "PUBLIC_URL": ""})["DATABASE_URL"] == "postgresql://brought"


def test_the_demo_talks_to_the_simulated_servers_only() -> None:
    env = demo({})
    assert env["TWILIO_API_BASE"] == "http://127.0.0.1:8001"
    assert (env["TWILIO_ACCOUNT_SID"], env["TWILIO_AUTH_TOKEN"]) == ("AC1", "token")
    assert (env["TWILIO_API_KEY"], env["TWILIO_API_SECRET"]) == ("SK1", "s")
    assert env["OPENAI_BASE_URL"] == "http://127.0.0.1:8002/v1"
    assert env["OPENAI_API_KEY"] == "sk-sandbox-1"
    assert env["TOOL_ALLOWED_HOSTS"] == "127.0.0.1:8003"
    assert env["EXAMPLE_TOOLS_URL"] == "http://127.0.0.1:8003"
    assert env["BANNER"] == "Simulated phone network and model"


def test_real_accounts_in_a_dotenv_are_not_used_by_the_demo() -> None:
    env = demo(
        {
            "TWILIO_ACCOUNT_SID": "ACreal",
            "TWILIO_AUTH_TOKEN": "real",
            "TWILIO_API_KEY": "SKreal",
            "TWILIO_REGION": "ie1",
            "FALLBACK_NUMBER": "+14155550199",
            "PUBLIC_URL": "https://voice.example.com",
            "SENTRY_DSN": "https://sentry.example.com/1",
            "EMAIL_URL": "smtp://mail.example.com",
            "RECORDINGS_URL": "s3://recordings",
            "ALLOWED_HOSTS": "voice.example.com",
        }
    )
    assert not [name for name, value in env.items() if "real" in value or "example.com" in value or "s3:" in value]
    assert env["PUBLIC_URL"] == "http://127.0.0.1:8000"
    assert env["FALLBACK_NUMBER"] == ""
    assert env["RECORDINGS_URL"] == "file:///somewhere/var/recordings"
    assert "127.0.0.1" in env["ALLOWED_HOSTS"]


def test_recordings_kept_elsewhere_on_this_disk_stay_there() -> None:
    assert demo({"RECORDINGS_URL": "file:///data/recordings"})["RECORDINGS_URL"] == "file:///data/recordings"


def test_the_simulated_model_steps_aside_for_a_key_of_the_persons() -> None:
    env = demo({"OPENAI_API_KEY": "sk-mine"})
    assert env["OPENAI_API_KEY"] == "sk-mine"
    assert "OPENAI_BASE_URL" not in env
    assert env["BANNER"] == "Simulated phone network"


def test_a_key_that_a_sandbox_has_handed_out_is_no_key_of_the_persons() -> None:
    env = demo({"OPENAI_API_KEY": "sk-sandbox-left-in-a-shell"})
    assert env["OPENAI_API_KEY"] == "sk-sandbox-1"
    assert env["OPENAI_BASE_URL"] == "http://127.0.0.1:8002/v1"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
        ("192.168.1.5", "http://192.168.1.5:8000"),
    ],
)
def test_addresses_a_browser_here_can_open(host: str, url: str) -> None:
    assert environment.local_url(host, 8000) == url


def test_a_dotenv_is_read_without_touching_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_VOICE", raising=False)
    (tmp_path / ".env").write_text("# a remark\n\nOPENAI_VOICE='marin'\nexport BANNER=\"Two words\"\nPORT=\n")
    assert environment.read_dotenv(tmp_path / ".env") == {"OPENAI_VOICE": "marin", "BANNER": "Two words", "PORT": ""}
    assert environment.read_dotenv(tmp_path / "none") == {}


def test_the_real_environment_wins_over_the_dotenv() -> None:
    assert environment.settled(real={"PORT": "9000"}, dotenv={"PORT": "8000", "HOST": "::"}) == {
        "PORT": "9000",
        "HOST": "::",
    }


def test_keys_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    first = environment.sandbox_keys(tmp_path)
    secret = environment.secret_key(tmp_path)
    assert environment.sandbox_keys(tmp_path) == first
    assert environment.secret_key(tmp_path) == secret
    assert (len(first.account_sid), first.account_sid[:2], len(first.auth_token)) == (34, "AC", 32)
    assert [path.stat().st_mode & 0o077 for path in tmp_path.iterdir()] == [0, 0]


def test_keys_of_before_stay_and_get_company(tmp_path: Path) -> None:
    private_files.write_json(tmp_path / "sandbox_keys.json", {"account_sid": "AC1", "auth_token": "t", "api_key": "k"})
    found = environment.sandbox_keys(tmp_path)
    assert (found.account_sid, found.auth_token, found.api_key, found.rest_key[:2]) == ("AC1", "t", "k", "SK")
    assert environment.sandbox_keys(tmp_path) == found


@pytest.mark.parametrize(
    ("given", "proxies"),
    [
        ({}, ""),
        ({"PUBLIC_URL": "http://127.0.0.1:8000"}, ""),
        ({"PUBLIC_URL": "https://voice.example.com"}, "127.0.0.1,::1"),
        ({"PUBLIC_URL": "https://voice.example.com", "FORWARDED_ALLOW_IPS": "10.0.0.5"}, "10.0.0.5"),
    ],
)
def test_the_front_believes_a_tunnel_here_or_whom_the_person_names(given: dict[str, str], proxies: str) -> None:
    assert environment.believed_proxies(given) == proxies


def test_the_product_believes_the_front_and_nobody_else() -> None:
    assert serve({"FORWARDED_ALLOW_IPS": "10.0.0.5"})["FORWARDED_ALLOW_IPS"] == "127.0.0.1,::1"


def test_the_demo_does_not_wait_for_calls_to_end() -> None:
    assert demo({"DRAIN_S": "600"})["DRAIN_S"] == "0"


def test_bridges_and_their_time_to_drain_are_numbers() -> None:
    assert (environment.bridges({}), environment.bridges({"BRIDGES": "4"})) == (2, 4)
    assert (environment.drain_s({}), environment.drain_s({"DRAIN_S": "0.5"})) == (30.0, 0.5)
    for wrong in ("0", "-1", "many", "1.5"):
        with pytest.raises(environment.Unusable, match="BRIDGES="):
            environment.bridges({"BRIDGES": wrong})
    for wrong in ("-1", "long", "nan", "1e9"):
        with pytest.raises(environment.Unusable, match="DRAIN_S="):
            environment.drain_s({"DRAIN_S": wrong})
