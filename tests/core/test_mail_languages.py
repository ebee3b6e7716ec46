"""Every mail and notification in every language, complete, with money and times as people there write them."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import read_po

from src.appointments import calendar
from src.bookings.calendar import entries, feeds
from src.core.mail import rendering
from src.core.mail.formats import Formats
from src.core.mail.languages import TEMPLATES, catalogs, resolve
from src.core.mail.models import Mail
from src.notifications import kinds, wording
from src.notifications.kinds import KINDS
from tests.core.mails import mail, part, rendered

CATALOGS = sorted((TEMPLATES / "locales").glob("*.po"))
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
NOT_WORDS = re.compile(r"<style>.*?</style>|<!--.*?-->|<[^>]*>|&#?\w+;", re.DOTALL)
NAMES = {"Downbeat", "Subject"}

FRENCH = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Welcome to Downbeat"
msgstr "Bienvenue à Downbeat"
"""


def mail_in(locale: str, template: str = "bookings/confirmed_owner") -> Mail:
    one = mail(template)
    one.locale = locale
    return one


def words_that_are_said() -> dict[str, tuple[str, ...]]:
    """Singular → its forms in English."""
    in_mails = extract_from_dir(
        str(TEMPLATES),
        method_map=[("**.html", "jinja2"), ("**.txt", "jinja2")],
        options_map={"**": {"trimmed": "true", "silent": "false"}},
    )
    in_code = [
        words
        for module in (kinds, wording, entries, feeds, calendar)
        for words in extract_from_file("python", str(module.__file__))
    ]
    found = [message for _, _, message, _, _ in in_mails] + [message for _, message, _, _ in in_code]
    words = (message if isinstance(message, tuple) else (message,) for message in found)
    return {forms[0]: forms for forms in words}


def words_of(catalog: Path) -> dict[str, tuple[str, ...]]:
    """English singular → the forms of this language."""
    with catalog.open("rb") as file:
        read = [message for message in read_po(file, locale=catalog.stem) if message.id and not message.fuzzy]
    return {_forms(message.id)[0]: _forms(message.string) for message in read}


def _forms(words: Any) -> tuple[str, ...]:
    """Of what is counted there are several."""
    return (words,) if isinstance(words, str) else tuple(words)


def test_there_are_two_more_languages_than_english() -> None:
    assert set(catalogs()) >= {"en", "de", "es"}


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda path: path.stem)
def test_a_language_has_all_that_is_said_and_nothing_else(catalog: Path) -> None:
    spoken, translated = words_that_are_said(), words_of(catalog)
    assert len(spoken) > 100
    assert {word for word in spoken if not all(translated.get(word, ("",)))} == set(), "no translation"
    assert set(translated) - set(spoken) == set(), "said nowhere"
    forms = {"de": 2, "es": 2}.get(catalog.stem, 1)
    assert all(len(translated[word]) >= forms for word, english in spoken.items() if len(english) > 1)


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda path: path.stem)
def test_a_translation_names_the_same_facts_as_the_original(catalog: Path) -> None:
    """Otherwise a fact is left out, or the mail can't be rendered."""
    translated = words_of(catalog)
    for word, english in words_that_are_said().items():
        several = set(PLACEHOLDER.findall(english[-1]))
        for form in translated[word]:
            assert set(PLACEHOLDER.findall(form)) in (set(PLACEHOLDER.findall(word)), several), form
            assert "%" not in PLACEHOLDER.sub("", form), form


def test_all_that_notifications_say_is_marked() -> None:
    said = {words for kind in KINDS.values() for words in (kind.label, kind.title, kind.body)}
    assert said <= set(words_that_are_said())


def untranslated(source: str) -> Iterator[str]:
    """Words that stand in a template as they are, neither in `{% trans %}` nor in `_(…)`."""
    tokens = [
        (kind, value)
        for _, kind, value in rendering.environment(Locale("en")).lex(source)
        if kind != "whitespace"
    ]
    plain, is_translated = [], False
    for place, (kind, value) in enumerate(tokens):
        if kind == "block_begin":
            is_translated = {"trans": True, "pluralize": True}.get(tokens[place + 1][1], False)
        elif kind == "data" and not is_translated:
            plain.append(value)
        elif kind == "string" and re.search(r"[A-Z]|\w \w", value) and tokens[place - 2][1] != "_":
            yield value
    text = NOT_WORDS.sub(" ", "".join(plain))
    yield from (word for word in re.findall(r"[^\W\d_]{2,}", text) if word not in NAMES)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("<p>{% trans %}Hello{% endtrans %} you</p>", ["you"]),
        ("{% trans n=n %}one{% pluralize %}many{% endtrans %}", []),
        ('{% set action = {"url": "/a", "label": "Pay now"} %}', ['"Pay now"']),
        ('{% set action = {"url": "/a", "label": _("Pay now")} %}', []),
        ('<td style="color:red" class="a">&nbsp;·</td><style>p { x: y }</style>{# a remark #}', []),
    ],
)
def test_the_search_for_untranslated_words_finds_them(source: str, found: list[str]) -> None:
    assert list(untranslated(source)) == found


@pytest.mark.parametrize(
    "template", sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.[ht]*"))
)
def test_a_template_says_nothing_that_cannot_be_translated(template: str) -> None:
    assert list(untranslated((TEMPLATES / template).read_text())) == []


def test_a_language_is_added_by_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    welcome = mail_in("fr-CA", "auth/welcome")
    assert rendered(welcome)["Subject"] == "Welcome to Downbeat"
    (tmp_path / "fr.po").write_text(FRENCH)
    monkeypatch.setattr(rendering, "catalogs", partial(catalogs, tmp_path))
    message = rendered(welcome)
    assert message["Subject"] == "Bienvenue à Downbeat"
    assert message["Content-Language"] == "fr-CA"
    assert '<html lang="fr" dir="ltr">' in part(message, "html")


@pytest.mark.parametrize(
    ("wanted", "written"),
    [
        ("de-AT", "de_AT"),
        ("de", "de"),
        ("de-XX", "de"),
        ("es-MX", "es_MX"),
        ("en-GB", "en_GB"),
        ("fr-FR", "en"),
        ("xx", "en"),
        ("", "en"),
    ],
)
def test_whoever_has_no_mails_in_their_language_gets_the_nearest(wanted: str, written: str) -> None:
    assert str(resolve(wanted, catalogs())) == written


def test_a_mail_says_the_same_in_each_language() -> None:
    subjects: Mapping[str, str] = {
        "en": "New booking DB-7K3M: Live Room A, Mon, Mar 1, 6:00 PM",
        "de-DE": "Neue Buchung DB-7K3M: Live Room A, Mo., 1. März, 18:00",
        "es": "Nueva reserva DB-7K3M: Live Room A, lun, 1 mar, 18:00",
    }
    for locale, subject in subjects.items():
        assert rendered(mail_in(locale))["Subject"] == subject
    german = part(rendered(mail_in("de")), "plain")
    assert "Wann:" in german
    assert "Montag, 1. März 2027, 18:00" in german
    assert "Mittlere Greenwich-Zeit" in " ".join(german.split())
    assert "Mira Okafor hat gebucht und bezahlt." in part(rendered(mail_in("de")), "html")


@pytest.mark.parametrize(
    ("locale", "amount", "currency", "written"),
    [
        ("en_GB", 123456, "GBP", "£1,234.56"),
        ("en", 10000, "GBP", "£100.00"),
        ("en", -550, "USD", "-$5.50"),
        ("de", 123456, "EUR", "1.234,56\N{NO-BREAK SPACE}€"),
        ("de_AT", 500, "EUR", "€\N{NO-BREAK SPACE}5,00"),
        ("es", 1234500, "EUR", "12.345,00\N{NO-BREAK SPACE}€"),
        ("de", 5000, "JPY", "5.000\N{NO-BREAK SPACE}¥"),
        ("en", 1234567, "KWD", "KWD\N{NO-BREAK SPACE}1,234.567"),
        ("en", 50001, "LBP", "LBP\N{NO-BREAK SPACE}500.01"),
    ],
)
def test_money_has_the_digits_of_its_currency_and_the_signs_of_the_language(
    locale: str, amount: int, currency: str, written: str
) -> None:
    assert Formats(Locale.parse(locale)).money({"amount": amount, "currency": currency}) == written


def span(locale: str, starts: datetime, ends: datetime, timezone: str) -> str:
    formats = Formats(Locale.parse(locale))
    return formats.span(starts.isoformat(), ends.isoformat(), timezone).replace(
        "\N{NO-BREAK SPACE}\N{EN DASH}", " -"
    )


def test_times_are_the_studios_with_the_name_of_its_zone() -> None:
    starts, ends = datetime(2027, 7, 1, 17, tzinfo=UTC), datetime(2027, 7, 1, 19, tzinfo=UTC)
    assert (
        span("en", starts, ends, "Europe/London")
        == "Thursday, July 1, 2027, 6:00 PM - 8:00 PM (British Summer Time)"
    )
    assert (
        span("de", starts, ends, "Europe/Berlin")
        == "Donnerstag, 1. Juli 2027, 19:00 - 21:00 (Mitteleuropäische Sommerzeit)"
    )
    assert (
        span("es", starts, ends, "Asia/Tokyo")
        == "viernes, 2 de julio de 2027, 2:00 - 4:00 (hora estándar de Japón)"
    )


def test_a_span_over_midnight_names_both_days() -> None:
    starts, ends = datetime(2027, 3, 1, 22, tzinfo=UTC), datetime(2027, 3, 2, 1, tzinfo=UTC)
    assert (
        span("en_GB", starts, ends, "Europe/London")
        == "Monday, 1 March 2027, 22:00 - Tuesday, 2 March 2027, 01:00 (Greenwich Mean Time)"
    )


def test_in_the_night_when_the_clocks_go_back_each_end_names_its_zone() -> None:
    """Half past one there is twice."""
    starts, ends = datetime(2027, 10, 31, 0, 30, tzinfo=UTC), datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    assert span("en_GB", starts, ends, "Europe/London") == (
        "Sunday, 31 October 2027, 01:30 (British Summer Time)"
        " - Sunday, 31 October 2027, 01:30 (Greenwich Mean Time)"
    )
