"""How names of places are folded, so that they are found without accents."""

import re
import unicodedata

# Letters that NFKD leaves whole. Lower case only: looked up after casefold(), which also turns ß into ss.
UNDECOMPOSED = str.maketrans(
    {
        "æ": "ae",
        "đ": "d",
        "ð": "d",
        "ə": "e",
        "ħ": "h",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "ĸ": "k",
        "ł": "l",
        "ŋ": "n",
        "ø": "o",
        "œ": "oe",
        "þ": "th",
        "ŧ": "t",
    }
)
APOSTROPHES = re.compile("['`\u00b4\u2018\u2019\u02bb\u02bc]")
SEPARATORS = re.compile(r"[\W_]+")


def search_key(text: str) -> str:
    """What a name is found by; a query must be folded by the same rule.

    Lower case, no accents, no apostrophes, every other run of signs one space: "Łódź" → "lodz",
    "Saint-Denis" → "saint denis", "Xi'an" → "xian".
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return SEPARATORS.sub(" ", APOSTROPHES.sub("", plain.translate(UNDECOMPOSED))).strip()
