"""Attacks on access tokens, without HTTP and without a database."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from src.auth import access_tokens as module
from src.auth.access_tokens import AccessClaims, AccessTokens
from src.core.identity import InvalidTokenError, TokenExpiredError

SECRET = "a secret of the tests, long enough for anything"
ISSUER = "https://api.downbeat.example"
NOW = datetime(2027, 1, 31, 10, 15, tzinfo=UTC)
LIFETIME = timedelta(minutes=15)


@pytest.fixture
def tokens():
    return make_tokens()


def make_tokens(secret: str = SECRET) -> AccessTokens:
    return AccessTokens(secret=secret, issuer=ISSUER, lifetime=LIFETIME)


def issue(tokens: AccessTokens) -> str:
    return tokens.issue(user_id=42, session_id=7, now=NOW)


def decoded(part: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def resigned(tokens: AccessTokens, **changes: Any) -> str:
    """A token with our own signature and other claims; `None` leaves a claim out."""
    claims = decoded(issue(tokens).split(".")[1]) | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": "HS256"}, kept, tokens._key)


def test_a_token_is_read_back(tokens):
    expires_at = int((NOW + LIFETIME).timestamp())
    assert tokens.read(issue(tokens), now=NOW) == AccessClaims(42, 7, expires_at)


def test_a_token_names_its_issuer_audience_type_and_times(tokens):
    header, claims, _ = issue(tokens).split(".")
    assert decoded(header) == {"typ": "JWT", "alg": "HS256"}
    assert decoded(claims) == {
        "iss": ISSUER,
        "aud": "downbeat-api",
        "typ": "access",
        "sub": "42",
        "sid": 7,
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 900,
    }


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
def test_an_unsigned_token_is_refused(tokens, algorithm):
    claims = issue(tokens).split(".")[1]
    for signature in ("", "x", issue(tokens).split(".")[2]):
        with pytest.raises(InvalidTokenError):
            tokens.read(f"{encoded({'alg': algorithm})}.{claims}.{signature}", now=NOW)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_refused_even_with_our_key(tokens, algorithm):
    claims = decoded(issue(tokens).split(".")[1])
    key = OctKey.import_key(tokens._key.raw_value * 2)
    for forged_with in (tokens._key, key):
        forged = jwt.encode({"alg": algorithm}, claims, forged_with, algorithms=[algorithm])
        with pytest.raises(InvalidTokenError):
            tokens.read(forged, now=NOW)


def test_a_key_in_the_header_is_not_believed(tokens):
    claims = decoded(issue(tokens).split(".")[1])
    for algorithm, key in (
        ("RS256", RSAKey.generate_key(2048)),
        ("ES256", ECKey.generate_key("P-256")),
    ):
        header = {"alg": algorithm, "jwk": key.as_dict(private=False)}
        forged = jwt.encode(header, claims, key, algorithms=[algorithm])
        with pytest.raises(InvalidTokenError):
            tokens.read(forged, now=NOW)
    own_key = OctKey.generate_key(256)
    forged = jwt.encode({"alg": "HS256", "jwk": own_key.as_dict()}, claims, own_key)
    with pytest.raises(InvalidTokenError):
        tokens.read(forged, now=NOW)


def test_a_critical_header_that_we_do_not_know_is_refused(tokens):
    claims = decoded(issue(tokens).split(".")[1])
    forged = jwt.encode({"alg": "HS256"}, claims, tokens._key)
    _, payload, signature = forged.split(".")
    with pytest.raises(InvalidTokenError):
        tokens.read(f"{encoded({'alg': 'HS256', 'crit': ['exp']})}.{payload}.{signature}", now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"typ": "refresh"},
        {"typ": None},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another-api"},
        {"aud": None},
        {"sub": None},
        {"sub": "mira"},
        {"sub": 42},
        {"sid": None},
        {"sid": "seven"},
        {"sid": [7]},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": None},
        {"iat": int(NOW.timestamp()) + 60},
        {"nbf": int(NOW.timestamp()) + 60},
    ],
    ids=repr,
)
def test_a_wrong_claim_is_refused_under_our_own_signature(tokens, changes):
    with pytest.raises(InvalidTokenError):
        tokens.read(resigned(tokens, **changes), now=NOW)


def test_every_flipped_character_is_noticed(tokens):
    token = issue(tokens)
    # The last character of base64 holds bits that mean nothing, so it is left alone.
    for position in range(len(token) - 1):
        other = "A" if token[position] != "A" else "B"
        with pytest.raises(InvalidTokenError):
            tokens.read(token[:position] + other + token[position + 1 :], now=NOW)


def test_the_claims_of_one_token_do_not_go_with_the_signature_of_another(tokens):
    header, _, signature = issue(tokens).split(".")
    claims = tokens.issue(user_id=1, session_id=1, now=NOW).split(".")[1]
    with pytest.raises(InvalidTokenError):
        tokens.read(f"{header}.{claims}.{signature}", now=NOW)


def test_another_secret_signs_nothing_for_us(tokens):
    with pytest.raises(InvalidTokenError):
        tokens.read(issue(make_tokens(secret="another secret, of the same length or so")), now=NOW)


def test_the_secret_itself_is_not_the_key(tokens):
    claims = decoded(issue(tokens).split(".")[1])
    forged = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
    with pytest.raises(InvalidTokenError):
        tokens.read(forged, now=NOW)


def test_a_token_ends_after_its_lifetime_whether_or_not_it_was_seen_before(tokens):
    token = issue(tokens)
    last_second = NOW + LIFETIME - timedelta(seconds=1)
    assert tokens.read(token, now=last_second).user_id == 42
    for reader in (tokens, make_tokens()):
        for late in (NOW + LIFETIME, NOW + LIFETIME + timedelta(days=1)):
            with pytest.raises(TokenExpiredError):
                reader.read(token, now=late)


def test_an_expired_token_of_somebody_else_is_invalid_rather_than_expired(tokens):
    forged = issue(make_tokens(secret="another secret, of the same length or so"))
    with pytest.raises(InvalidTokenError):
        tokens.read(forged, now=NOW + timedelta(days=1))


def test_only_genuine_tokens_are_remembered_and_only_so_many(tokens, monkeypatch):
    monkeypatch.setattr(module, "MOST_REMEMBERED", 3)
    for session_id in range(10):
        tokens.read(tokens.issue(user_id=1, session_id=session_id, now=NOW), now=NOW)
        with pytest.raises(InvalidTokenError):
            tokens.read(f"made.up.{session_id}", now=NOW)
    assert [claims.session_id for claims in tokens._verified.values()] == [7, 8, 9]


@given(
    st.text(max_size=300) | st.from_regex(r"[A-Za-z0-9_\-]{0,50}\.[A-Za-z0-9_\-]{0,50}\.[A-Za-z0-9_\-]{0,50}")
)
def test_no_text_is_worse_than_invalid(text):
    with pytest.raises(InvalidTokenError):
        make_tokens().read(text, now=NOW)


@pytest.mark.parametrize("text", ["\ud800", "a.b.c\0", "é.é.é", "." * 10_000, "[" * 5_000 + ".x.y"])
def test_odd_texts_are_invalid(tokens, text):
    with pytest.raises(InvalidTokenError):
        tokens.read(text, now=NOW)


def test_deeply_nested_claims_are_invalid(tokens):
    header = encoded({"alg": "HS256"})
    nested = base64.urlsafe_b64encode(b"[" * 100_000).decode()
    with pytest.raises(InvalidTokenError):
        tokens.read(f"{header}.{nested}.x", now=NOW)
    with pytest.raises(InvalidTokenError):
        tokens.read(f"{nested}.{header}.x", now=NOW)
