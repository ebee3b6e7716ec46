"""What of a text is hidden: addresses and numbers whole, and nothing of prices, dates and references."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.messages.contacts import HIDDEN, mask

CONTACTS = [
    ("GB", "mira@example.com"),
    ("GB", "Mira.Okafor+booking@mail.example.co.uk"),
    ("GB", "mira @ example.com"),
    ("GB", "mira (at) example (dot) com"),
    ("GB", "mira[at]example.com"),
    ("GB", "müller@bücher.example"),
    ("GB", "020 7946 0123"),
    ("GB", "(020) 7946-0123"),
    ("GB", "07911 123456"),
    ("GB", "07911123456"),
    ("GB", "0 7 9 1 1 1 2 3 4 5 6"),
    ("GB", "+44 20 7946 0123"),
    ("GB", "0044 20 7946 0123"),
    ("GB", "+49 171 1234567"),
    ("GB", "+1 (212) 555-0123"),
    ("US", "212-555-0123"),
    ("US", "(212) 555 0123"),
    ("DK", "20 12 34 56"),
    ("BR", "(11) 91234-5678"),
    ("FR", "06 12 34 56 78"),
]

HARMLESS = [
    ("GB", "We come on 2027-03-01 at 18:00 and stay until 22:00."),
    ("GB", "For 12000 pounds? 1,200.00 GBP for 3 days, 4 people, room 2."),
    ("GB", "Booking DB-7K3M9Q2, order 20481, invoice 2027/0042."),
    ("GB", "A Neumann U87, an API 1608, 2x SM57, 88 keys, 192 kHz/24 bit, 440 Hz"),
    ("DK", "Den 2027-03-01 kl. 18, eller 2027.03.02, for 12000 kr."),
    ("DK", "20270301"),
    ("NO", "2027-03-01 18:00"),
    ("SG", "2027-03-01 12:00 to 13:30"),
    ("US", "12/05/2027, 10:00-12:00, $1,250"),
    ("GB", "we meet @ the door at 8"),
    ("GB", "Are you at Dean Street? dot your i's"),
    ("GB", ""),
]


@pytest.mark.parametrize(("country", "contact"), CONTACTS)
def test_a_contact_is_hidden_wherever_it_stands(country: str, contact: str) -> None:
    assert mask(contact, country=country) == HIDDEN
    assert mask(f"Call me: {contact}, any time", country=country) == f"Call me: {HIDDEN}, any time"


@pytest.mark.parametrize(("country", "text"), HARMLESS)
def test_what_people_write_about_a_booking_stays(country: str, text: str) -> None:
    assert mask(text, country=country) is None


def test_several_are_hidden_one_by_one() -> None:
    text = "020 7946 0123 or mira@example.com or +49 171 1234567."
    assert mask(text, country="GB") == f"{HIDDEN} or {HIDDEN} or {HIDDEN}."


@given(st.text(alphabet="ab @.+-()0123456789 \nat dot", max_size=60), st.text(alphabet="xyz \n", max_size=20))
def test_whatever_stands_around_it_an_international_number_never_shows(before: str, after: str) -> None:
    masked = mask(f"{before} +44 20 7946 0123 {after}", country="GB")
    assert masked is not None
    assert "7946 0123" not in masked


@given(st.text(max_size=300))
def test_any_text_can_be_looked_through(text: str) -> None:
    masked = mask(text, country="GB")
    assert masked is None or HIDDEN in masked
