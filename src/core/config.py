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


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


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
    database_is_pooled: bool = False
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
    team_invitation_days: int = 7
    admin_idle_minutes: int = Field(default=30, ge=1)

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
    upload_limit_per_user: Limit = "120/hour"
    message_limit_per_user: Limit = "60/10 minutes"
    conversation_limit_per_user: Limit = "20/day"
    typing_limit_per_user: Limit = "60/minute"
    report_limit_per_user: Limit = "20/day"
    calendar_feed_limit: Limit = "60/hour"
    admin_lookup_limit: Limit = "20/hour"
    team_invitation_limit: Limit = "50/day"
    visit_limit_per_user: Limit = "20/day"
    trusted_proxy_hops: int = Field(default=0, ge=0)

    hold_seconds: int = 1_800
    approval_seconds: int = 86_400
    payment_seconds: int = 86_400
    proposal_seconds: int = 86_400
    most_holds_per_user: int = Field(default=5, ge=1)
    most_expired_holds_per_room: int = Field(default=3, ge=1)
    no_show_days: int = 7
    guest_months: int = Field(default=24, ge=1, le=1200)
    series_hold_seconds: int = Field(default=86_400, ge=60)
    waitlist_offer_seconds: int = Field(default=7_200, ge=60)
    most_open_visits_per_studio: int = Field(default=2, ge=1)
    idempotency_hours: int = 24
    unread_mail_minutes: int = Field(default=10, ge=1)

    payout_delay_days: int = Field(default=3, ge=0)
    payout_minimum: int = Field(default=1_000, ge=1)
    gateway_notice_days: int = Field(default=90, ge=30)
    payment_gateways: Annotated[list[str], NoDecode] = []
    stripe_secret_key: SecretStr = SecretStr("")
    stripe_webhook_secrets: SecretStr = SecretStr("")
    stripe_api_url: str = ""
    square_application_id: str = ""
    square_application_secret: SecretStr = SecretStr("")
    square_webhook_signature_keys: SecretStr = SecretStr("")
    square_api_url: str = "https://connect.squareup.com"

    notification_days: int = Field(default=180, ge=1)
    live_event_hours: int = Field(default=24, ge=1)
    live_ticket_seconds: int = Field(default=300, ge=10)
    live_heartbeat_seconds: float = Field(default=15, gt=0)
    live_poll_seconds: float = Field(default=2, gt=0)
    most_streams_per_user: int = Field(default=20, ge=1)

    calendar_host: str = "downbeat.example"
    calendar_poll_seconds: int = Field(default=600, ge=60)
    outbound_allows_loopback: bool = False
    webhook_log_days: int = Field(default=30, ge=1)

    mail_transport: Literal["files", "smtp"] = "files"
    mail_from: str = "Downbeat <no-reply@downbeat.example>"
    mail_bounce_address: str = ""
    mail_retention_days: int = Field(default=90, ge=1)
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

    drain_seconds: float = Field(default=0, ge=0)

    metrics_token: SecretStr = SecretStr("")
    worker_metrics_port: int = Field(default=0, ge=0, le=65535)
    otel_exporter_otlp_endpoint: str = ""
    otel_traces_ratio: float = Field(default=0.1, ge=0, le=1)
    sentry_dsn: SecretStr = SecretStr("")

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"

    @field_validator("cors_origins", "payment_gateways", mode="before")
    @classmethod
    def split_commas(cls, value: str | list[str]) -> list[str]:
        return _split(value) if isinstance(value, str) else value

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
    def configured_gateways(self) -> list[str]:
        """Providers whose keys are there."""
        keys = {"stripe": self.stripe_secret_key, "square": self.square_application_secret}
        return [name for name, key in keys.items() if key.get_secret_value()]

    @property
    def offered_gateways(self) -> list[str]:
        """Those that customers may choose: what is named, or else what is there."""
        return self.payment_gateways or self.configured_gateways + ([] if self.is_production else ["sandbox"])

    @property
    def stripe_webhook_secret_list(self) -> list[str]:
        return _split(self.stripe_webhook_secrets.get_secret_value())

    @property
    def square_webhook_signature_key_list(self) -> list[str]:
        return _split(self.square_webhook_signature_keys.get_secret_value())

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
            **self._unsafe_gateways(),
            "MAIL_TRANSPORT writes mails to files, which nobody reads": self.mail_transport == "files",
            "OUTBOUND_ALLOWS_LOOPBACK lets strangers' addresses lead to this machine": self.outbound_allows_loopback,
            "PUBLIC_URL is not https": not self.public_url.startswith("https://"),
        }
        return [problem for problem, is_unsafe in checks.items() if is_unsafe]

    def _unsafe_gateways(self) -> dict[str, bool]:
        """A gateway is there wholly or not at all: without its webhooks payments would be noticed minutes late."""
        stripe, square = self.stripe_secret_key, self.square_application_secret
        has_stripe, has_square = bool(stripe.get_secret_value()), bool(square.get_secret_value())
        missing = set(self.payment_gateways) - set(self.configured_gateways) - {"sandbox"}
        return {
            f"PAYMENT_GATEWAYS holds {', '.join(sorted(missing))} without keys": bool(missing),
            "STRIPE_WEBHOOK_SECRETS is empty": has_stripe and not self.stripe_webhook_secret_list,
            "STRIPE_SECRET_KEY is empty": not has_stripe and bool(self.stripe_webhook_secret_list),
            "STRIPE_API_URL is not https": bool(self.stripe_api_url)
            and not self.stripe_api_url.startswith("https://"),
            "SQUARE_APPLICATION_ID is empty": has_square and not self.square_application_id,
            "SQUARE_APPLICATION_SECRET is empty": not has_square and bool(self.square_application_id),
            "SQUARE_WEBHOOK_SIGNATURE_KEYS is empty": has_square
            and not self.square_webhook_signature_key_list,
            "SQUARE_API_URL is not https": not self.square_api_url.startswith("https://"),
        }


@lru_cache
def get_settings() -> Settings:
    """Those of the process: for workers and commands. A request gets those of its application."""
    return Settings()


async def _request_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


SettingsDep = Annotated[Settings, Depends(_request_settings)]
