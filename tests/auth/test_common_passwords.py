import pytest

from src.auth.common_passwords import LIST, is_common
from src.cli.demo import PASSWORD as DEMO_PASSWORD
from tests.auth.support import refused, register


@pytest.mark.parametrize(
    "password",
    ["password", "12345678", "qwertyuiop", "PassWord123", "iloveyou", "1q2w3e4r", "trustno1", "Liverpool1"],
)
async def test_a_common_password_is_refused_whatever_its_case(client, password):
    answer = await register(client, password=password)
    assert refused(answer, 422, "validation_failed")
    (problem,) = answer.json()["errors"]
    assert (problem["field"], problem["code"]) == ("body.password", "password_too_common")
    assert password not in answer.text.replace("body.password", "").replace(
        "password_too_common", ""
    ).replace("passwords that everybody", "")


@pytest.mark.parametrize("password", ["four brass rooms", "correct horse battery", DEMO_PASSWORD, "ü" * 128])
def test_others_are_not(password):
    assert not is_common(password)


def test_the_list_holds_what_could_be_chosen_at_all():
    lines = LIST.read_text(encoding="utf-8").splitlines()
    assert len(lines) > 5_000
    assert lines == sorted(set(lines))
    assert [
        line for line in lines if line != line.casefold() or not 8 <= len(line) <= 128 or " " in line
    ] == []
