"""A mail is two templates: `<name>.txt`, whose first line is the subject, and `<name>.html`."""

from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from src.core import money
from src.core.mail.models import Mail
from src.core.signing import derive_token

# The default folds a subject of over 78 characters right behind its colon; readers then show a space before it.
POLICY = EmailPolicy(max_line_length=250)
TEMPLATES = Path(__file__).parents[3] / "templates" / "email"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["money"] = lambda value: money.display(value["amount"], value["currency"])
    return environment


def render(mail: Mail, *, sender: str, secret: str, urls: dict[str, str]) -> EmailMessage:
    """`urls` has `frontend` and `api`; a template gets a one-time token by `one_time_token(purpose, id)`."""

    def one_time_token(purpose: str, subject_id: int) -> str:
        return derive_token(secret, purpose=purpose, subject_id=subject_id)

    context = {**mail.params, "urls": urls, "one_time_token": one_time_token}
    text = _environment().get_template(f"{mail.template}.txt").render(context)
    subject, _, body = text.partition("\n")
    html = _environment().get_template(f"{mail.template}.html").render(context | {"subject": subject})
    message = EmailMessage(policy=POLICY)
    message["Subject"] = " ".join(subject.removeprefix("Subject:").split())
    message["From"] = sender
    message["To"] = mail.recipient
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<mail-{mail.id}@{parseaddr(sender)[1].partition('@')[2]}>"
    # Unencoded where that is possible: a link stays one piece for people who read the file.
    message.set_content(body.strip() + "\n", cte="7bit" if body.isascii() else None)
    message.add_alternative(html, subtype="html")
    return message
