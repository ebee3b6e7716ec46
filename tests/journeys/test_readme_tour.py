"""The README's tour really works when it is pasted."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.product import Product

README = Path(__file__).resolve().parents[2] / "README.md"

pytestmark = pytest.mark.processes


def test_the_tour_with_curl_ends_in_a_refund(product: Product) -> None:
    if shutil.which("curl") is None:
        pytest.skip("the tour needs curl, which is not on this machine")
    pieces = re.findall(r"```bash\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    script = "set -euo pipefail\n" + "\necho\n".join(pieces)
    tour = subprocess.run(
        ["bash", "-c", script],
        env=os.environ | {"API": f"{product.url}/api/v1", "MAILS": str(product.mails)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert tour.returncode == 0, tour.stderr
    assert '"token_type":"bearer"' in tour.stdout
    assert '"code":"slot_taken"' in tour.stdout
    assert '"status":"confirmed"' in tour.stdout
    assert '"body":"This morning."' in tour.stdout
    assert "event: ready" in tour.stdout
    assert "ist storniert" in tour.stdout
    assert re.search(r'"refunds":\[\{.*"status":"succeeded"', tour.stdout), tour.stdout
