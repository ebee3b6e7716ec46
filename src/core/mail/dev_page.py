"""The mails of `make dev` in the browser. Mounted only where mails are files and strangers don't come.

Outside of the API and its documentation. A mail is shown in a sandbox, and its pages run no scripts.
"""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi import Path as PathParameter
from fastapi.responses import HTMLResponse, PlainTextResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from src.core.config import Settings, SettingsDep
from src.core.errors import NotFoundError

TEMPLATES = Path(__file__).parents[3] / "templates" / "dev"
LISTED = 200
HEADERS = ("From", "To", "Subject", "Date", "Content-Language", "List-Unsubscribe")
NO_SCRIPTS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'"}

router = APIRouter(prefix="/dev/mails", include_in_schema=False)

Name = Annotated[str, PathParameter(pattern=r"^[0-9]{8,}-[a-z_\-]+\.eml$")]


class Part(StrEnum):
    HTML = "html"
    TEXT = "text"
    RAW = "raw"


def is_wanted(settings: Settings) -> bool:
    return settings.environment == "development" and settings.mail_transport == "files"


@router.get("")
def list_mails(settings: SettingsDep) -> Response:
    """The newest first."""
    paths = sorted(settings.mail_directory.glob("[0-9]*.eml"), reverse=True)[:LISTED]
    mails = [(path.name, _parse(path.read_bytes())) for path in paths]
    rows = [
        {"name": name, "subject": mail["Subject"], "to": mail["To"], "date": mail["Date"]}
        for name, mail in mails
    ]
    return _page("mails.html", mails=rows)


@router.get("/{name}")
def show_mail(name: Name, settings: SettingsDep) -> Response:
    mail = _parse(_read(settings, name))
    return _page(
        "mail.html",
        name=name,
        headers=[(header, mail[header]) for header in HEADERS if mail[header]],
        attachments=[part.get_filename() for part in mail.iter_attachments()],
    )


@router.get("/{name}/{part}")
def show_part(name: Name, part: Part, settings: SettingsDep) -> Response:
    raw = _read(settings, name)
    if part is Part.RAW:
        return PlainTextResponse(raw)
    body = _parse(raw).get_body(("html" if part is Part.HTML else "plain",))
    if body is None:
        raise NotFoundError
    if part is Part.TEXT:
        return PlainTextResponse(body.get_content())
    # Its links open beside the list: there is nowhere to go back to in a frame.
    html = body.get_content().replace("<head>", '<head><base target="_blank">', 1)
    return HTMLResponse(html, headers=NO_SCRIPTS)


@router.get("/{name}/attachments/{number}")
def download_attachment(name: Name, number: int, settings: SettingsDep) -> Response:
    attachments = list(_parse(_read(settings, name)).iter_attachments())
    if not 0 <= number < len(attachments):
        raise NotFoundError
    found = attachments[number]
    return Response(
        found.get_payload(decode=True),
        media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{found.get_filename()}"'},
    )


@cache
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)


def _page(template: str, **context: object) -> Response:
    html = _templates().get_template(template).render(context)
    return HTMLResponse(html, headers=NO_SCRIPTS | {"Cache-Control": "no-store"})


def _read(settings: Settings, name: str) -> bytes:
    try:
        return (settings.mail_directory / name).read_bytes()
    except FileNotFoundError:
        raise NotFoundError from None


def _parse(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=default)
