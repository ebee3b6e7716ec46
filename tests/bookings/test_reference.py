import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.bookings import reference

ids = st.integers(0, reference.MODULUS - 1)


@given(ids)
def test_a_reference_leads_back_to_its_booking(booking_id):
    assert reference.decode(reference.encode(booking_id)) == booking_id


@given(st.text(reference.ALPHABET, min_size=8, max_size=8))
def test_every_text_of_the_alphabet_is_the_reference_of_one_booking(digits):
    text = f"{digits[:4]}-{digits[4:]}"
    assert reference.encode(reference.decode(text)) == text


@given(ids, ids)
def test_two_bookings_never_share_one(one, other):
    assert (reference.encode(one) == reference.encode(other)) is (one == other)


@given(ids)
def test_it_is_read_from_hasty_writing(booking_id):
    written = reference.encode(booking_id)
    assert reference.decode(written.lower()) == reference.decode(written.replace("-", "")) == booking_id


def test_neighbours_do_not_look_like_it():
    references = [reference.encode(booking_id) for booking_id in range(1, 200)]
    assert len({text[:2] for text in references}) > 100
    assert all(len(text) == 9 and text[4] == "-" for text in references)
    assert not set("ILOU") & set("".join(references))


@pytest.mark.parametrize("text", ["", "K7Q2", "K7Q2-M4XD-1", "K7Q2-M4XU", "K7Q2-M4X "])
def test_what_is_no_reference_is_refused(text):
    with pytest.raises(ValueError, match=r"eight characters|not found"):
        reference.decode(text)
