"""Sentry: what went wrong where, without what people had written."""

from typing import Any

import sentry_sdk
from sentry_sdk.types import Event, Hint

from src.core.config import Settings
from src.core.observability.scrubbing import scrub_path, scrub_text


def configure_error_reports(settings: Settings, service: str) -> None:
    sentry_sdk.init(
        dsn=settings.sentry_dsn.get_secret_value(),
        environment=settings.environment,
        server_name=service,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=scrub_report,
    )


def scrub_report(report: Event, _: Hint) -> Event:
    """Keeps where it happened and of what kind; of the request its method and path."""
    request: dict[str, Any] = report.get("request") or {}
    if request:
        url = scrub_path(str(request.get("url", "")).partition("?")[0])
        report["request"] = {"method": request.get("method"), "url": url}
    for error in (report.get("exception") or {}).get("values", []):
        error["value"] = scrub_text(str(error.get("value", "")))
    report.pop("user", None)
    return report
