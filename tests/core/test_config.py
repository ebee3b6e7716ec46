import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from src.core.config import DEVELOPMENT_SECRET, Settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"
LINE = re.compile(r"(?:# )?([A-Z][A-Z0-9_]*)=(.*)")

SAFE: dict[str, Any] = {
    "environment": "production",
    "secret_key": "k" * 32,
    "encryption_keys": "one:" + "a2V5" * 10 + "a2U=",
    "public_url": "https://api.downbeat.example",
    "cors_origins": ["https://downbeat.example"],
    "payment_gateways": ["stripe", "square"],
    "stripe_secret_key": "sk_live_1",
    "stripe_webhook_secrets": "whsec_1,whsec_2",
    "square_application_id": "sq0idp-1",
    "square_application_secret": "sq0csp-1",
    "square_webhook_signature_keys": "key-1",
    "mail_transport": "smtp",
}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable and no .env of whoever runs the tests."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **values)


def example() -> dict[str, str]:
    lines = EXAMPLE.read_text().splitlines()
    return {match[1].lower(): match[2] for line in lines if (match := LINE.fullmatch(line))}


def test_the_example_names_every_setting_and_nothing_else() -> None:
    assert set(example()) == set(Settings.model_fields)


def test_the_values_of_the_example_are_the_defaults() -> None:
    assert Settings(_env_file=EXAMPLE).model_dump() == settings().model_dump()


def test_the_settings_of_production_are_accepted_when_they_are_safe() -> None:
    assert settings(**SAFE).is_production


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secret_key", DEVELOPMENT_SECRET),
        ("secret_key", "k" * 31),
        ("secret_key", ""),
        ("encryption_keys", ""),
        ("google_server_metadata_url", "http://accounts.example/.well-known/openid-configuration"),
        ("debug", True),
        ("cors_origins", "*"),
        ("cors_origins", "https://downbeat.example,*"),
        ("payment_gateways", "sandbox"),
        ("payment_gateways", "stripe,sandbox"),
        ("stripe_secret_key", ""),
        ("stripe_webhook_secrets", " , "),
        ("stripe_api_url", "http://127.0.0.1:12111"),
        ("square_application_id", ""),
        ("square_application_secret", ""),
        ("square_webhook_signature_keys", ""),
        ("square_api_url", "http://127.0.0.1:12112"),
        ("mail_transport", "files"),
        ("outbound_allows_loopback", True),
        ("public_url", "http://api.downbeat.example"),
    ],
)
def test_production_refuses_to_start_with_an_unsafe_value(name: str, value: Any) -> None:
    with pytest.raises(ValidationError, match="refusing to start in production") as refused:
        settings(**SAFE | {name: value})
    assert name.upper() in str(refused.value)
    if isinstance(value, str) and name == "secret_key" and value:
        assert value not in str(refused.value.errors(include_input=False))
    assert settings(**SAFE | {name: value, "environment": "development"})


def test_production_refuses_what_is_left_at_its_default() -> None:
    with pytest.raises(ValidationError) as refused:
        settings(environment="production")
    for name in ("SECRET_KEY", "ENCRYPTION_KEYS", "MAIL_TRANSPORT", "PUBLIC_URL"):
        assert name in str(refused.value)


def test_the_sandbox_is_offered_unless_told_otherwise_but_never_in_production() -> None:
    assert settings().offered_gateways == ["sandbox"]
    assert settings(stripe_secret_key="sk_test_1").offered_gateways == ["stripe", "sandbox"]
    assert settings(payment_gateways="stripe, square").offered_gateways == ["stripe", "square"]
    assert settings(**SAFE | {"payment_gateways": []}).offered_gateways == ["stripe", "square"]
    without_keys = {name: "" for name in SAFE if name.startswith(("stripe", "square"))}
    assert settings(**SAFE | without_keys | {"payment_gateways": []}).offered_gateways == []


def test_the_environment_is_read_and_lists_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "http://localhost:3000, https://downbeat.example ,")
    monkeypatch.setenv("HOLD_SECONDS", "60")
    monkeypatch.setenv("DATABASE_READ_URL", "")
    read = settings()
    assert read.cors_origins == ["http://localhost:3000", "https://downbeat.example"]
    assert read.hold_seconds == 60
    assert read.database_read_url is None


def test_secrets_are_read_from_their_folder_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secret_key").write_text("from-a-file-" + "k" * 32 + "\n")
    (tmp_path / "smtp_password").write_text("from-a-file\n")
    monkeypatch.setenv("SMTP_PASSWORD", "from-the-environment")
    read = settings(_secrets_dir=tmp_path)
    assert read.secret_key.get_secret_value() == "from-a-file-" + "k" * 32
    assert read.smtp_password.get_secret_value() == "from-the-environment"


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    shown = repr(settings(secret_key="s3cr3t" * 10, smtp_password="hush-hush"))
    assert "s3cr3t" not in shown
    assert "hush-hush" not in shown


def test_the_settings_are_one_class() -> None:
    assert [kind for kind in BaseSettings.__subclasses__() if kind.__module__.startswith("src.")] == [
        Settings
    ]
