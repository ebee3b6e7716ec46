import asyncio
import time
from statistics import median

import bcrypt
import pytest
from passlib.context import CryptContext

from src.auth import passwords

LARAVEL_COST = 4


def laravel_hash(password: str) -> str:
    """As PHP's password_hash() writes it: bcrypt under the prefix $2y$."""
    made = bcrypt.hashpw(password.encode(), bcrypt.gensalt(LARAVEL_COST)).decode()
    return made.replace("$2b$", "$2y$", 1)


@pytest.mark.parametrize(
    "password",
    ["four brass rooms", "пароль-для-студии", "🎺🎷🥁🎻🎸🎹🎤🎧", "ü" * 128, "x" * 128],
    ids=["ascii", "cyrillic", "emoji", "128 of two bytes", "128"],
)
async def test_a_hash_knows_its_password(password):
    password_hash = await passwords.make_hash(password)
    assert password_hash.startswith("$argon2id$")
    assert await passwords.verify(password, password_hash) == (True, None)


async def test_nothing_of_a_long_password_is_cut_off():
    password_hash = await passwords.make_hash("x" * 127 + "y")
    assert not (await passwords.verify("x" * 127 + "z", password_hash)).is_right
    assert not (await passwords.verify("x" * 127, password_hash)).is_right
    assert not (await passwords.verify("x" * 72, password_hash)).is_right


async def test_a_password_is_not_its_capitals_nor_its_plain_letters():
    password_hash = await passwords.make_hash("größenwahn")
    assert not (await passwords.verify("GRÖSSENWAHN", password_hash)).is_right
    assert not (await passwords.verify("grossenwahn", password_hash)).is_right


async def test_a_hash_from_laravel_verifies_and_is_to_be_replaced():
    verification = await passwords.verify("four brass rooms", laravel_hash("four brass rooms"))
    assert verification.is_right
    assert verification.new_hash is not None
    assert await passwords.verify("four brass rooms", verification.new_hash) == (True, None)


@pytest.mark.parametrize(
    "parameters",
    [
        {"type": "ID", "memory_cost": 65_536, "rounds": 4, "parallelism": 1},  # Laravel's argon2id
        {"type": "I", "memory_cost": 1_024, "rounds": 2, "parallelism": 2},  # its older argon
        {"type": "ID", "memory_cost": 19_456, "rounds": 1, "parallelism": 1},
    ],
    ids=str,
)
async def test_an_argon2_hash_with_other_parameters_verifies_and_is_to_be_replaced(parameters):
    elsewhere = CryptContext(["argon2"], **{f"argon2__{name}": value for name, value in parameters.items()})
    verification = await passwords.verify("four brass rooms", elsewhere.hash("four brass rooms"))
    assert verification.is_right
    assert verification.new_hash is not None
    assert verification.new_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify("five brass rooms", elsewhere.hash("four brass rooms")) == (False, None)


async def test_hashing_leaves_the_event_loop_to_others():
    """Twenty at once: meanwhile the loop turns as it would anyway."""
    hashing = asyncio.gather(*(passwords.make_hash("four brass rooms") for _ in range(20)))
    waits = []
    while not hashing.done():
        started = time.perf_counter()
        await asyncio.sleep(0.001)
        waits.append(time.perf_counter() - started)
    await hashing
    # A single hash on the loop would keep all others waiting for some 20 ms, and twenty for half a second.
    assert len(waits) > 50
    assert median(waits) < 0.01


async def test_a_wrong_password_replaces_no_hash():
    assert await passwords.verify("five brass rooms", laravel_hash("four brass rooms")) == (False, None)


@pytest.mark.parametrize("length", [71, 72, 73, 128])
async def test_bcrypt_compares_whole_passwords_or_none(length):
    password_hash = laravel_hash("x" * min(length, 72))
    assert (await passwords.verify("x" * length, password_hash)).is_right == (length <= 72)


async def test_bcrypt_counts_bytes_not_letters():
    assert not (await passwords.verify("ü" * 37, laravel_hash("ü" * 36))).is_right


@pytest.mark.parametrize("password_hash", [None, "", "plain text", "$2y$10$broken", "$argon2id$broken"])
async def test_what_is_no_hash_verifies_nothing(password_hash):
    assert await passwords.verify("four brass rooms", password_hash) == (False, None)


async def test_a_nul_byte_ends_no_password():
    assert not (await passwords.verify("four\0rooms", laravel_hash("four"))).is_right
    assert not (await passwords.verify("four\0rooms", await passwords.make_hash("four"))).is_right
