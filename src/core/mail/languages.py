"""The languages of mails, and of what else says the same. English stands in the templates and in the code, where it
is `marked`; each other one is a gettext catalog.

A new language is a new file `templates/email/locales/<language>.po`, read when the first mail is rendered.
"""

from collections.abc import Collection, Mapping
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

TEMPLATES: Final = Path(__file__).parents[3] / "templates" / "email"
SOURCE: Final = "en"


def marked(words: str) -> str:
    """For `make translations` to find: they are translated when it is known for whom. Call it `_`."""
    return words


@cache
def catalogs(folder: Path = TEMPLATES / "locales") -> Mapping[str, NullTranslations]:
    """By language."""
    return {SOURCE: NullTranslations()} | {path.stem: _read(path) for path in folder.glob("*.po")}


def catalog_for(locale: str) -> NullTranslations:
    """The words for somebody (`de-AT`); English ones where there is no catalog of their language."""
    return catalogs()[resolve(locale, catalogs()).language]


def _read(path: Path) -> NullTranslations:
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=path.stem))
    compiled.seek(0)
    return Translations(compiled)


def resolve(wanted: str, offered: Collection[str]) -> Locale:
    """How to write for somebody: `de-AT` has the words of `de` and Austria's formats, `xx` is English.

    Words and formats are of one language always.
    """
    language, _, territory = wanted.replace("_", "-").partition("-")
    if language not in offered:
        return Locale(SOURCE)
    try:
        return Locale.parse(f"{language}_{territory}" if territory else language)
    except UnknownLocaleError:
        return Locale(language)
