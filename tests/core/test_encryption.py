import base64
import pickle
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from src.core.config import Settings
from src.core.encryption import SecretBox, SecretUnreadableError

PLACE = "payment_accounts.square_token:17"
OLD, NEW = b"o" * 32, b"n" * 32
SECRET = "sq0atp-the-token-of-an-owner"


@pytest.fixture
def box() -> SecretBox:
    return SecretBox({"new": NEW, "old": OLD})


@given(secret=st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_can_be_opened_in_its_place(secret: str) -> None:
    box = SecretBox({"new": NEW})
    sealed = box.seal(secret, context=PLACE)
    assert box.open(sealed, context=PLACE) == secret


def test_nothing_of_the_secret_shows_and_no_two_are_alike(box: SecretBox) -> None:
    sealed = {box.seal(SECRET, context=PLACE) for _ in range(100)}
    assert len(sealed) == 100
    for text in sealed:
        assert re.fullmatch(r"new\.[A-Za-z0-9_\-]+", text)  # fits into a cookie without quotes
        assert SECRET.encode() not in raw(text)


@pytest.mark.parametrize(
    "place", ["payment_accounts.square_token:18", "users.google_token:17", "", PLACE + " "]
)
def test_in_another_place_it_can_not_be_opened(box: SecretBox, place: str) -> None:
    sealed = box.seal(SECRET, context=PLACE)
    with pytest.raises(SecretUnreadableError):
        box.open(sealed, context=place)


def test_no_bit_of_it_can_be_changed(box: SecretBox) -> None:
    sealed = raw(box.seal("s", context=PLACE))
    for position in range(len(sealed) * 8):
        altered = bytearray(sealed)
        altered[position // 8] ^= 1 << position % 8
        with pytest.raises(SecretUnreadableError):
            box.open(f"new.{base64.urlsafe_b64encode(altered).decode().rstrip('=')}", context=PLACE)


@pytest.mark.parametrize(
    "sealed", ["", ".", "new", "new.", "new.AAAA", "new.é", "new.!!!!", "new." + "A" * 15]
)
def test_what_was_never_sealed_is_refused(box: SecretBox, sealed: str) -> None:
    with pytest.raises(SecretUnreadableError):
        box.open(sealed, context=PLACE)


def test_keys_are_replaced_one_after_the_other(box: SecretBox) -> None:
    before = SecretBox({"old": OLD}).seal(SECRET, context=PLACE)
    assert box.needs_rotation(before)
    assert box.open(before, context=PLACE) == SECRET
    after = box.seal(box.open(before, context=PLACE), context=PLACE)
    assert not box.needs_rotation(after)
    only_new = SecretBox({"new": NEW})
    assert only_new.open(after, context=PLACE) == SECRET
    with pytest.raises(SecretUnreadableError):
        only_new.open(before, context=PLACE)


def test_a_key_under_another_name_opens_nothing(box: SecretBox) -> None:
    sealed = box.seal(SECRET, context=PLACE)
    with pytest.raises(SecretUnreadableError):
        SecretBox({"other": NEW}).open("other." + sealed.partition(".")[2], context=PLACE)


def test_no_secret_and_no_key_shows_in_errors_and_on_paper(box: SecretBox) -> None:
    sealed = box.seal(SECRET, context=PLACE)
    for text, place in ((sealed, "elsewhere"), (sealed[:-4], PLACE), ("gone." + sealed, PLACE)):
        with pytest.raises(SecretUnreadableError) as refused:
            box.open(text, context=place)
        shown = f"{refused.value!r} {box!r} {vars(box)}"
        for hidden in (SECRET, sealed, NEW.decode(), OLD.decode()):
            assert hidden not in shown
    with pytest.raises(TypeError):
        pickle.dumps(box)  # nor can it be sent anywhere


def raw(sealed: str) -> bytes:
    encoded = sealed.partition(".")[2]
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **values)


def keys(*names: str, length: int = 32) -> str:
    return ", ".join(f"{name}:{base64.b64encode(name[:1].encode() * length).decode()}" for name in names)


def test_the_first_key_of_the_settings_seals_and_all_open() -> None:
    before, after = settings(encryption_keys=keys("old")), settings(encryption_keys=keys("new", "old"))
    sealed = SecretBox.of(before).seal(SECRET, context=PLACE)
    assert SecretBox.of(after).open(sealed, context=PLACE) == SECRET
    assert SecretBox.of(after).seal(SECRET, context=PLACE).startswith("new.")


def test_without_keys_one_is_derived_from_the_secret_key() -> None:
    sealed = SecretBox.of(settings(secret_key="k" * 32)).seal(SECRET, context=PLACE)
    assert SecretBox.of(settings(secret_key="k" * 32)).open(sealed, context=PLACE) == SECRET
    with pytest.raises(SecretUnreadableError):
        SecretBox.of(settings(secret_key="x" * 32)).open(sealed, context=PLACE)


@pytest.mark.parametrize(
    "value",
    [
        "c2VjcmV0" * 6,
        ":" + "c2VjcmV0" * 6,
        "one two:" + "c2VjcmV0" * 6,
        "one:c2VjcmV0!",
        keys("one", length=31),
        keys("one", length=16),
        keys("one", "one"),
    ],
)
def test_keys_that_are_none_are_refused_without_being_shown(value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(encryption_keys=value)
    assert "encryption_keys" in str(refused.value)
    assert "c2VjcmV0" not in str(refused.value)
    assert value not in str(refused.value)
