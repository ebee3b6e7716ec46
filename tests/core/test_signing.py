import hashlib
import re

import pytest

from src.core.signing import derive_token, hash_token, read_signed, sign

TOKEN = derive_token("secret", purpose="verify_email", subject_id=1)


def test_a_token_is_the_same_each_time_and_fits_into_an_address() -> None:
    assert derive_token("secret", purpose="verify_email", subject_id=1) == TOKEN
    assert re.fullmatch(r"[A-Za-z0-9_\-]{43}", TOKEN)


@pytest.mark.parametrize(
    ("secret", "purpose", "subject_id"),
    [("other", "verify_email", 1), ("secret", "reset_password", 1), ("secret", "verify_email", 2)],
)
def test_another_secret_purpose_or_row_has_another_token(secret: str, purpose: str, subject_id: int) -> None:
    assert derive_token(secret, purpose=purpose, subject_id=subject_id) != TOKEN


def test_purpose_and_row_do_not_run_into_one_another() -> None:
    assert derive_token("s", purpose="a:1", subject_id=2) != derive_token("s", purpose="a", subject_id=12)


@pytest.mark.parametrize("token", [TOKEN, "", "ü", "half a pair: \ud800", "x" * 100_000])
def test_whatever_is_sent_as_a_token_has_a_hash_that_does_not_show_it(token: str) -> None:
    hashed = hash_token(token)
    assert len(hashed) == 32
    assert hashed == hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
    assert hashed != hash_token(token + "x")


def test_a_signed_token_gives_back_what_was_signed() -> None:
    token = sign("secret", purpose="unsubscribe", value="31:ü")
    assert re.fullmatch(r"[A-Za-z0-9_\-.]+", token)
    assert read_signed("secret", purpose="unsubscribe", token=token) == "31:ü"
    assert read_signed("secret", purpose="other", token=token) is None
    assert read_signed("other", purpose="unsubscribe", token=token) is None


def test_a_signed_token_cannot_be_changed() -> None:
    mine, other = [sign("secret", purpose="unsubscribe", value=value) for value in ("31:a", "32:a")]
    forged = f"{other.partition('.')[0]}.{mine.partition('.')[2]}"
    assert read_signed("secret", purpose="unsubscribe", token=forged) is None


@pytest.mark.parametrize("token", ["", ".", "ü.ü", "a", "MzE6YQ", "half a pair: \ud800", "x." * 10_000])
def test_whatever_is_sent_as_a_signed_token_is_refused(token: str) -> None:
    assert read_signed("secret", purpose="unsubscribe", token=token) is None
