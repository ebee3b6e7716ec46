"""A mail is two templates: `<name>.txt`, whose first line is the subject, and `<name>.html`.

How they are written and translated: templates/email/README.md.
"""

import re
import textwrap
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from functools import cache
from typing import Any

from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from src.core.ical import Entry, render_invitation
from src.core.mail import unsubscribing
from src.core.mail.formats import Formats
from src.core.mail.languages import TEMPLATES, catalogs, resolve
from src.core.mail.models import Mail
from src.core.signing import derive_token

# The default folds a subject of over 78 characters right behind its colon; readers then show a space before it.
# And it leaves eight-bit text as it is, which servers may refuse that don't announce 8BITMIME (RFC 6152).
POLICY = EmailPolicy(max_line_length=250, cte_type="7bit")
TEXT_WIDTH = 78
COLUMN = ":  "
MORE_THAN_ONE_EMPTY_LINE = re.compile(r"\n{3,}")


@cache
def environment(locale: Locale) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(catalogs()[locale.language], newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(Formats(locale).filters())
    environment.globals.update(language=locale.language, direction=locale.text_direction)
    return environment


def render(mail: Mail, *, sender: str, secret: str, urls: Mapping[str, str]) -> EmailMessage:
    """`urls` has `frontend` and `api`; a template gets a one-time token by `one_time_token(purpose, id)`."""

    def one_time_token(purpose: str, subject_id: int) -> str:
        return derive_token(secret, purpose=purpose, subject_id=subject_id)

    locale = resolve(mail.locale, catalogs())
    context = {
        **mail.params,
        "urls": urls,
        "one_time_token": one_time_token,
        "is_transactional": mail.is_transactional,
    }
    subject, text, html = _parts(mail.template, locale, context)
    message = _headed(mail, subject, sender=sender)
    for name, value in unsubscribing.headers(mail, secret=secret, api=urls["api"]).items():
        message[name] = value
    # Unencoded where that is possible: a link stays one piece for people who read the file.
    message.set_content(text, cte="7bit" if text.isascii() else None)
    message.add_alternative(html, subtype="html")
    if mail.calendar_entry is not None:
        _attach(message, Entry.model_validate(mail.calendar_entry), mail=mail, sender=sender)
    message["Content-Language"] = str(locale).replace("_", "-")  # last, or it would go with the first part
    return message


def _headed(mail: Mail, subject: str, *, sender: str) -> EmailMessage:
    message = EmailMessage(policy=POLICY)
    message["Subject"] = subject
    message["From"] = sender
    message["To"] = mail.recipient
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<mail-{mail.id}@{parseaddr(sender)[1].partition('@')[2]}>"
    # Nobody's absence is worth an answer (RFC 3834; the second is Exchange's name for it).
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    return message


def _parts(template: str, locale: Locale, context: Mapping[str, Any]) -> tuple[str, str, str]:
    """Subject, text and HTML."""
    templates = environment(locale)
    first, _, body = templates.get_template(f"{template}.txt").render(context).partition("\n")
    subject = " ".join(first.removeprefix("Subject:").split())
    html = templates.get_template(f"{template}.html").render({**context, "subject": subject})
    return subject, _wrap(body.strip()) + "\n", html


def _wrap(text: str) -> str:
    """Sentences are as long as their language makes them; addresses and rows of a table stay in one piece."""
    lines = (
        line
        if len(line) <= TEXT_WIDTH or COLUMN in line
        else textwrap.fill(line, TEXT_WIDTH, break_long_words=False, break_on_hyphens=False)
        for line in text.split("\n")
    )
    return MORE_THAN_ONE_EMPTY_LINE.sub("\n\n", "\n".join(lines))


def _attach(message: EmailMessage, entry: Entry, *, mail: Mail, sender: str) -> None:
    """Twice, as calendars themselves do: Outlook looks at the alternatives, people at the attachments."""
    method, content = render_invitation(entry, organizer=sender, attendee=mail.recipient)
    # As bytes: as a string its lines would end in LF, which calendars don't take.
    params = {"method": method, "charset": "utf-8"}
    message.add_alternative(content, maintype="text", subtype="calendar", params=params)
    message.add_attachment(content, maintype="application", subtype="ics", filename="booking.ics")
