import pytest
from pydantic_core import PydanticCustomError

from src.users.phones import to_e164


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("+442079460123", "+442079460123"),
        ("+44 20 7946 0123", "+442079460123"),
        ("+44 (0)20 7946-0123", "+442079460123"),
        ("+49/151/12345678", "+4915112345678"),
        ("+1 (650) 253-0000", "+16502530000"),
        ("+55 11 96123.4567", "+5511961234567"),
        ("+39 06 698 12345", "+390669812345"),  # Italy's zero belongs to the number
    ],
)
def test_international_numbers_are_stored_in_e164(written, stored):
    assert to_e164(written) == stored


@pytest.mark.parametrize(
    "written",
    [
        "020 7946 0123", "0044 20 7946 0123", "+44 20 7946 0123 ext 5", "+1-800-FLOWERS", "+٤٤٢٠٧٩٤٦٠١٢٣",
        "+44;phone-context=x", "tel:+442079460123", "+442079460123\n", "+44\x00207946", "", "+", "++442079460123",
    ],
)  # fmt: skip
def test_what_leaves_the_country_open_or_is_no_number_is_refused(written):
    with pytest.raises(PydanticCustomError) as refused:
        to_e164(written)
    assert refused.value.type in {"phone_not_international", "phone_invalid"}


@pytest.mark.parametrize("written", ["+44", "+4420794601234567", "+0123456789", "+999123456789", "+44207"])
def test_numbers_that_nobody_can_have_are_refused(written):
    with pytest.raises(PydanticCustomError) as refused:
        to_e164(written)
    assert refused.value.type == "phone_invalid"


async def test_a_profile_answers_with_the_stored_form_and_says_what_is_wrong(world):
    person = await world.person()
    changed = await person.patch("/users/me", {"phone": "+44 20 7946 0123"})
    assert changed.json()["phone"] == "+442079460123"
    refused = await person.patch("/users/me", {"phone": "020 7946 0123"})
    assert refused.json()["errors"] == [
        {
            "field": "body.phone",
            "message": "write it with + and the country: +44 20 7946 0123",
            "code": "phone_not_international",
        }
    ]
