"""Every setting of the product, read from the environment, `.env` and `/run/secrets`."""

import base64
import hmac
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from fastapi import Depends, Request
from limits import parse
from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

DEVELOPMENT_SECRET = "development-only-secret-never-for-production"  # noqa: S105 - refused in production
SECRETS_DIRECTORY = Path("/run/secrets")
SHORTEST_SECRET = 32
KEY_BYTES = 32
KEY_ID = re.compile(r"[A-Za-z0-9_\-]{1,32}")


def _readable_limit(value: str) -> str:
    parse(value)
    return value


Limit = Annotated[str, AfterValidator(_readable_limit)]


def _parse_keys(value: str) -> dict[str, bytes]:
    """Of `id:base64key,id2:…`. Raises `ValueError` without a word about the keys themselves."""
    keys: dict[str, bytes] = {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        key_id, _, encoded = part.partition(":")
        if not KEY_ID.fullmatch(key_id) or key_id in keys:
            raise ValueError("each key needs an id of its own: letters, digits, - and _")
        try:
            keys[key_id] = base64.b64decode(encoded, validate=True)
        except ValueError:
            raise ValueError(f"the key {key_id} is not base64") from None
        if len(keys[key_id]) != KEY_BYTES:
            raise ValueError(f"the key {key_id} has to have {KEY_BYTES} bytes")
    return keys


class Settings(BaseSettings):
    """Names are the environment variables in lower case; `.env.example` explains each."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
        secrets_dir=SECRETS_DIRECTORY if SECRETS_DIRECTORY.is_dir() else None,
    )

    environment: Literal["development", "test", "production"] = "development"
    debug: bool = False
    secret_key: SecretStr = SecretStr(DEVELOPMENT_SECRET)
    encryption_keys: SecretStr = SecretStr("")
    public_url: str = "http://127.0.0.1:8000"
    frontend_url: str = "http://localhost:3000"
    cors_origins: Annotated[list[str], NoDecode] = ["http://localhost:3000"]
    max_body_bytes: int = 1_048_576

    database_url: str = "postgresql+asyncpg://postgres@127.0.0.1:5432/downbeat"
    database_read_url: str | None = None
    database_pool_size: int = 10
    database_pool_timeout_seconds: float = 2.0
    database_lock_timeout_ms: int = 3_000
    database_statement_timeout_ms: int = 15_000

    redis_url: str = "redis://127.0.0.1:6379/0"
    celery_broker_url: str = "redis://127.0.0.1:6379/1"

    access_token_minutes: int = 15
    refresh_token_days: int = 30
    verification_token_hours: int = 48
    reset_token_minutes: int = 60

    google_client_id: str = ""
    google_client_secret: SecretStr = SecretStr("")
    google_server_metadata_url: str = "https://accounts.google.com/.well-known/openid-configuration"

    log_in_limit_per_account: Limit = "10/15 minutes"
    log_in_limit_per_client: Limit = "300/15 minutes"
    registration_limit_per_account: Limit = "5/hour"
    registration_limit_per_client: Limit = "200/hour"
    recovery_limit_per_account: Limit = "5/hour"
    recovery_limit_per_client: Limit = "200/hour"
    verification_limit_per_account: Limit = "5/hour"
    verification_limit_per_client: Limit = "200/hour"
    trusted_proxy_hops: int = Field(default=0, ge=0)

    hold_seconds: int = 1_800
    idempotency_hours: int = 24

    payment_gateways: Annotated[list[str], NoDecode] = []

    mail_transport: Literal["files", "smtp"] = "files"
    mail_from: str = "Downbeat <no-reply@downbeat.example>"
    mail_directory: Path = Path(".dev/mails")
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 1025
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_starttls: bool = False

    media_directory: Path = Path(".dev/media")
    s3_bucket: str = ""
    s3_endpoint_url: str = ""
    s3_region: str = "us-east-1"
    s3_access_key_id: str = ""
    s3_secret_access_key: SecretStr = SecretStr("")
    s3_public_url: str = ""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"

    @field_validator("cors_origins", "payment_gateways", mode="before")
    @classmethod
    def split_commas(cls, value: str | list[str]) -> list[str]:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("encryption_keys")
    @classmethod
    def refuse_unreadable_keys(cls, value: SecretStr) -> SecretStr:
        _parse_keys(value.get_secret_value())
        return value

    @property
    def encryption_key_ring(self) -> dict[str, bytes]:
        """Keys of secrets at rest by their ids. The first one encrypts, all decrypt."""
        secret = self.secret_key.get_secret_value().encode()
        return _parse_keys(self.encryption_keys.get_secret_value()) or {
            "derived": hmac.digest(secret, b"secrets-at-rest", "sha256")
        }

    @property
    def is_google_configured(self) -> bool:
        return bool(self.google_client_id and self.google_client_secret.get_secret_value())

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def offered_gateways(self) -> list[str]:
        return self.payment_gateways or ([] if self.is_production else ["sandbox"])

    @model_validator(mode="after")
    def refuse_unsafe_production(self) -> Self:
        problems = list(self._unsafe_values()) if self.is_production else []
        if problems:
            raise ValueError("refusing to start in production: " + "; ".join(problems))
        return self

    def _unsafe_values(self) -> list[str]:
        secret = self.secret_key.get_secret_value()
        checks = {
            "SECRET_KEY is the development default": secret == DEVELOPMENT_SECRET,
            f"SECRET_KEY is shorter than {SHORTEST_SECRET} characters": len(secret) < SHORTEST_SECRET,
            "ENCRYPTION_KEYS is empty": not self.encryption_keys.get_secret_value(),
            "GOOGLE_SERVER_METADATA_URL is not https": not self.google_server_metadata_url.startswith(
                "https://"
            ),
            "DEBUG is on": self.debug,
            "CORS_ORIGINS holds * although credentials are allowed": "*" in self.cors_origins,
            "PAYMENT_GATEWAYS holds sandbox, which takes no money": "sandbox" in self.payment_gateways,
            "MAIL_TRANSPORT writes mails to files, which nobody reads": self.mail_transport == "files",
            "PUBLIC_URL is not https": not self.public_url.startswith("https://"),
        }
        return [problem for problem, is_unsafe in checks.items() if is_unsafe]


@lru_cache
def get_settings() -> Settings:
    """Those of the process: for workers and commands. A request gets those of its application."""
    return Settings()


async def _request_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


SettingsDep = Annotated[Settings, Depends(_request_settings)]
