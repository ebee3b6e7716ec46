"""A line tells whose request it was and which company it was about, and nothing of what people wrote."""

import json
import subprocess
import sys
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from src.core import middleware
from src.core.observability.error_reports import scrub_report
from src.core.observability.scrubbing import scrub_path, scrub_query, scrub_text
from tests.factories.world import World
from tests.support.product import PROJECT

TOKEN = "x" * 43


async def test_the_line_of_a_request_names_request_user_and_company(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = LogCapture()
    logger = structlog.wrap_logger(
        None,
        [structlog.contextvars.merge_contextvars, lines],
        wrapper_class=structlog.make_filtering_bound_logger("INFO"),
    )
    monkeypatch.setattr(middleware, "log", logger)
    mira = await world.person()
    company = (await mira.post("/companies", {"name": "Soho Sound", "currency": "GBP"})).json()
    await world.client.patch(
        f"/api/v1/companies/{company['id']}",
        json={"name": "Soho"},
        headers=mira.headers | {"X-Request-ID": "one-of-ours"},
    )
    await world.client.get("/api/v1/countries")
    *_, ours, anybodys = lines.entries
    assert ours["request_id"] == "one-of-ours"
    assert (ours["user_id"], ours["company_id"]) == (mira.id, company["id"])
    assert "user_id" not in anybodys
    assert "company_id" not in anybodys


FAILING = """
import logging
from src.core.config import Settings
from src.core.logging import configure_logging
configure_logging(Settings(_env_file=None, log_format="json"))
try:
    raise ValueError("duplicate key\\nDETAIL:  Key (email)=(mira@example.com) exists.\\n[parameters: ('Mira',)]")
except ValueError:
    logging.getLogger("elsewhere").exception("mail to mira@example.com failed")
"""


def test_a_traceback_holds_no_address_and_no_values() -> None:
    shown = subprocess.run(
        [sys.executable, "-c", FAILING], cwd=PROJECT, check=True, capture_output=True, text=True
    )
    line: dict[str, Any] = json.loads(shown.stderr)
    assert line["event"] == "mail to …@… failed"
    assert "duplicate key" in line["exception"].rpartition("ValueError")[2]
    assert "mira" not in line["exception"].rpartition("ValueError")[2].lower()


@pytest.mark.parametrize(
    ("scrub", "text", "expected"),
    [
        (scrub_path, f"/api/v1/calendars/{TOKEN}.ics", "/api/v1/calendars/….ics"),
        (scrub_path, "/api/v1/rooms/7", "/api/v1/rooms/7"),
        (scrub_query, "ticket=abc&q=mira", "ticket=…&q=…"),
        (scrub_text, "CONTEXT: while reading mira", "CONTEXT: …"),
        (scrub_text, f"nothing for {'aB3_-' * 8}xyz!", "nothing for …!"),
    ],
)
def test_what_is_taken_out(scrub: Any, text: str, expected: str) -> None:
    assert scrub(text) == expected


def test_an_error_report_keeps_where_it_happened_and_not_what_was_sent() -> None:
    report = scrub_report(
        {
            "request": {
                "method": "POST",
                "url": f"https://api.example/api/v1/calendars/{TOKEN}.ics?ticket=abc",
                "data": {"password": "secret"},
                "headers": {"Authorization": "Bearer abc"},
                "query_string": "ticket=abc",
            },
            "user": {"ip_address": "192.0.2.7"},
            "exception": {"values": [{"type": "ValueError", "value": "mira@example.com is taken"}]},
        },
        {},
    )
    assert report["request"] == {"method": "POST", "url": "https://api.example/api/v1/calendars/….ics"}
    assert report["exception"]["values"][0] == {"type": "ValueError", "value": "…@… is taken"}
    assert "user" not in report
