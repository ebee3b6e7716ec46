"""A notification in words. Made when it is read: the row holds what happened, not how we put it, nor to whom.

The words are translated by the catalogs of mails (templates/email/README.md).
"""

from collections.abc import Mapping
from functools import cache
from gettext import NullTranslations
from typing import Any, Final, NamedTuple

from babel import Locale

from src.core.mail.formats import Formats
from src.core.mail.languages import catalogs, resolve
from src.core.mail.languages import marked as _
from src.notifications.kinds import KINDS, NotificationKind

# Why a gateway refuses a payout; the mail says the same.
_REFUSALS: Final[Mapping[str, str]] = {
    "account_closed": _("The payment account that it was to go to is closed."),
    "account_restricted": _(
        "The payment account may receive no money until the payment provider knows more."
    ),
    "other": _("The payment provider has refused to send it."),
}


class Words(NamedTuple):
    title: str
    body: str


class Voice:
    """Speaks one language as one country writes it."""

    def __init__(self, locale: Locale) -> None:
        self._catalog: NullTranslations = catalogs()[locale.language]
        self._formats = Formats(locale)

    def label(self, kind: NotificationKind) -> str:
        return self._catalog.gettext(KINDS[kind].label)

    def words(self, kind: str, facts: Mapping[str, Any]) -> Words:
        """Times as the studio's clock shows them. Of a kind that this version doesn't know, its name."""
        try:
            known = KINDS[NotificationKind(kind)]
        except ValueError:
            return Words(kind, "")
        filled = self._filled(facts)
        return Words(self._catalog.gettext(known.title) % filled, self._catalog.gettext(known.body) % filled)

    def _filled(self, facts: Mapping[str, Any]) -> dict[str, str]:
        filled = {
            name: self._formats.money(fact) if isinstance(fact, dict) else str(fact)
            for name, fact in facts.items()
        }
        if "starts_at" in facts:
            filled["starts"] = self._formats.briefly(facts["starts_at"], facts["timezone"])
        if "title" in facts:
            filled["what"] = self._what(facts.get("seats")) % filled
        if "unread" in facts:
            filled["unread"] = self._unread(facts["unread"]) % filled
        if "failure" in facts:
            filled["refusal"] = self._catalog.gettext(_REFUSALS.get(facts["failure"], _REFUSALS["other"]))
        return filled

    def _what(self, seats: int | None) -> str:
        if seats is None:
            return self._catalog.gettext("%(title)s, %(studio)s, %(starts)s")
        return self._catalog.ngettext(
            "%(title)s, one seat, %(studio)s, %(starts)s",
            "%(title)s, %(seats)s seats, %(studio)s, %(starts)s",
            seats,
        )

    def _unread(self, messages: int) -> str:
        return self._catalog.ngettext(
            "One message waits to be read", "%(unread)s messages wait to be read", messages
        )


@cache
def _voice(locale: Locale) -> Voice:
    return Voice(locale)


def voice_of(locale: str) -> Voice:
    """Of somebody's own locale (`de-AT`), or of the nearest that there is."""
    return _voice(resolve(locale, catalogs()))
