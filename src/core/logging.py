"""Structured logs: a line an event, with the ids of request, user and company; JSON for machines."""

import logging
import sys

import structlog

from src.core.config import Settings
from src.core.observability.reporting import report_error
from src.core.observability.scrubbing import scrub_text

# Each writes a line or two for every task, and beat sends some every second.
TOO_TALKATIVE = ("celery.beat", "celery.app.trace", "celery.worker.strategy")
# What others have written: the rest of a line is ids and names of ours.
FOREIGN_TEXTS = ("event", "error", "reason", "exception")


def configure_logging(settings: Settings) -> None:
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _scrub,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[_report, *shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    logging.getLogger("uvicorn.access").disabled = True  # core/middleware.py writes that line
    logging.getLogger("authlib").setLevel(logging.INFO)  # below that it writes down PKCE verifiers
    for name in TOO_TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _report(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """What was caught and is written down with its traceback."""
    error = sys.exception() if line.get("exc_info") else None
    if error is not None:
        report_error(error)
    return line


def _scrub(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for name in FOREIGN_TEXTS:
        text = line.get(name)
        if isinstance(text, str):
            line[name] = scrub_text(text)
    return line


def name_in_logs(**ids: int | str) -> None:
    """The lines that this request or task writes from here on tell whom or what they are about."""
    structlog.contextvars.bind_contextvars(**ids)
