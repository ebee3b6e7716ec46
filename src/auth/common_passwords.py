"""Passwords that everybody tries first (NIST SP 800-63B section 5.1.1.2); data/README.md says where from."""

from functools import cache
from pathlib import Path

LIST = Path(__file__).parent / "data" / "common_passwords.txt"


def is_common(password: str) -> bool:
    """Whatever the case of its letters."""
    return password.casefold() in _common_passwords()


@cache
def _common_passwords() -> frozenset[str]:
    return frozenset(LIST.read_text(encoding="utf-8").split())
