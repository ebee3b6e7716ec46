"""What people type is printed as text, whatever it is, and never as an empty box."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.agreements import rendering
from src.core import lettering, typesetting
from tests.support.fuzzing import examples
from tests.support.pdf import pages_of, text_of

DRAWN_UP = datetime(2027, 3, 2, 10, 5, tzinfo=UTC)
AGREEMENT = "agreements/agreement.typ"
CONTENT = {
    "company": "Soho Sound",
    "studio": "Berwick Street",
    "place": "12 Berwick Street, London, United Kingdom",
    "customer": "Mira Kaplan",
    "email": "mira@example.com",
    "room": "Live Room A",
    "is_romanised": False,
    "reference": "K7Q2-M4XD",
    "when": "Friday, 5 March 2027, 18:00 to 21:00",
    "zone": "Europe/London (UTC+00:00)",
    "length": "3 h",
    "capacity": "6 people",
    "items": [
        {"description": "Live Room A, 1 h", "quantity": "3", "unit_amount": "50 GBP", "amount": "150 GBP"}
    ],
    "total": "150.00 GBP",
    "tax": None,
    "refunds": [{"when": "at any time", "refund": "nothing"}],
    "number": "AGR-K7Q2-M4XD-v1",
    "title": "Agreement AGR-K7Q2-M4XD-v1",
    "drawn_up": "2 March 2027, 10:05 UTC",
}


async def printed(name):
    content = CONTENT | {"customer": lettering.printable(name)}
    return text_of(await rendering.agreement_pdf(content, drawn_up=DRAWN_UP))


@pytest.mark.parametrize(
    "name",
    [
        '#read("/etc/passwd")',
        '"] #sys.inputs.agreement #[',
        "$ x^2 $ *bold* _emph_ `raw` <label> @reference // comment /* */ \\u{41}",
        "= Heading - list + enum / term: #let a = 1; #panic()",
        "Zoë Ångström-Łukasiewicz Đặng Ţepeş",
        "Παπαδόπουλος Иванова Շահինյան",
        "O\u2019Neil & Söhne \u201cLtd.\u201d № 5 \u2013 €",
    ],
)
async def test_it_is_printed_letter_for_letter(name):
    said = await printed(name)
    assert "".join(name.split()) in "".join(said.split())


async def test_hebrew_and_arabic_are_there():
    for name in ("דוד כהן", "محمد علي"):
        said = await printed(name)
        assert not lettering.needs_other_letters(name)
        assert "\ufffd" not in said


@pytest.mark.parametrize(
    ("typed", "printable"),
    [
        ("田中 Studio", "Tian Zhong Studio"),
        ("김민수", "gimminsu"),
        ("Rock 🎸", "Rock [guitar]"),
        ("Mira\u202egnitarepo", "Mira gnitarepo"),
        ("Mira\n\tKaplan\u2028x", "Mira Kaplan x"),
        ("Zoe\u0308", "Zoë"),
        ("", ""),
    ],
)
def test_what_the_typefaces_lack(typed, printable):
    assert lettering.printable(typed) == printable


async def test_a_name_of_300_characters_breaks_into_lines():
    content = CONTENT | {"customer": "Ж" * 300, "room": "Щ" * 300}
    pages = pages_of(await rendering.agreement_pdf(content, drawn_up=DRAWN_UP))
    runs = [run.replace("\u200b", "") for page in pages for run in page.split("\n")]
    assert sum(run.count("Ж") for run in runs) == 2 * 300
    assert 20 < max(len(run) for run in runs if "Ж" in run) < 40
    assert 20 < max(len(run) for run in runs if "Щ" in run) < 60


@settings(max_examples=examples(40))
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
def test_every_text_can_be_printed(text):
    """For archives typst refuses a letter that no typeface has."""
    content = CONTENT | {"customer": lettering.printable(text)}
    pdf = typesetting.compile_pdf(AGREEMENT, DRAWN_UP, {"agreement": content}, typesetting.ARCHIVE)
    assert pdf.startswith(b"%PDF-")


def test_every_letter_that_passes_is_in_a_typeface():
    letters = [chr(code) for code in range(0x20, 0x2200) if not lettering._LACKING.match(chr(code))]
    visible = "".join(letter for letter in letters if lettering.printable(letter) == letter)
    assert len(visible) > 1_500
    content = CONTENT | {"customer": " ".join(visible)}
    typesetting.compile_pdf(AGREEMENT, DRAWN_UP, {"agreement": content}, typesetting.ARCHIVE)


async def test_the_same_texts_and_moment_make_the_same_file():
    files = {await rendering.agreement_pdf(CONTENT, drawn_up=DRAWN_UP) for _ in range(3)}
    assert len(files) == 1
    other = await rendering.agreement_pdf(CONTENT | {"total": "151.00 GBP"}, drawn_up=DRAWN_UP)
    assert other not in files
