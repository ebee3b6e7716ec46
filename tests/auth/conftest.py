import pytest

from src.auth.service import login


@pytest.fixture(autouse=True)
def _refuse_at_once(monkeypatch, request):
    """Log-ins that fail wait, so that they all take equally long; only tests of time want that."""
    if "timing" not in request.node.name:
        monkeypatch.setattr(login, "REFUSAL_SECONDS", 0.0)
