"""What people have typed, as the typefaces of our documents can print it. Pure.

They come with typst and have Latin, Greek, Cyrillic, Armenian, Hebrew and the letters of Arabic. What they lack
(Chinese, Japanese, Korean, Indian scripts, …) is given in Latin letters, and a symbol by its name: an empty box would
name nobody (docs/adr/0019).
"""

import re
import unicodedata

from slugify import slugify

_RANGES = (
    "\u0020-\u007e\u00a0-\u036f"  # Latin, phonetic letters, accents
    "\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03ff"  # Greek
    "\u0400-\u04ff"  # Cyrillic
    "\u0531-\u0556\u0559-\u058a"  # Armenian
    "\u05b0-\u05c7\u05d0-\u05ea"  # Hebrew
    "\u061f\u0621-\u063a\u0640-\u0652\u0660-\u0669"  # Arabic
    "\u1e00-\u1eff"  # Latin of Vietnam, Wales, …
    "\u2010-\u2027\u2030-\u203e\u20a0-\u20bf\u2116\u2122"  # punctuation, currencies, № and ™
)
_LACKING = re.compile(f"[^{_RANGES}]+")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def printable(text: str) -> str:
    """One line, without what can't be seen: a mark that turns the direction could make a name read otherwise."""
    return _LACKING.sub(lambda run: _in_latin(run[0]), _visible(text))


def needs_other_letters(text: str) -> bool:
    """Whether some of it is printed in other letters than it was typed."""
    return any(character.isalpha() for run in _LACKING.findall(_visible(text)) for character in run)


def _visible(text: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    seen = (" " if unicodedata.category(each) in _INVISIBLE else each for each in composed)
    return " ".join("".join(seen).split())


def _in_latin(run: str) -> str:
    romanised = slugify(run, lowercase=False, separator=" ")
    return romanised or "".join(f"[{unicodedata.name(each, 'symbol').lower()}]" for each in run)
