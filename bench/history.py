"""The ratios of the last run on this machine, and what has moved since."""

from datetime import UTC, datetime
from typing import Any

import orjson

from bench.measure import Results
from bench.options import Options
from bench.row import API
from bench.servers import PROJECT

FILE = PROJECT / ".dev" / "bench.json"
NOTEWORTHY = 0.15

Ratios = dict[str, float]


def ratios(results: Results) -> Ratios:
    """This API's against each rival, by row: throughput, and CPU where both are servers of ours."""
    found: Ratios = {}
    for row, contestants in results.items():
        own = contestants[API]
        for name, rival in contestants.items():
            if name != API and own.rates and rival.rates:
                found[f"{row}: throughput against {name}"] = round(own.ratio(rival), 3)
                found[f"{row}: CPU against {name}"] = round(own.cpu_ratio(rival), 3)
    return found


def movements(options: Options, now: Ratios) -> list[str]:
    """Lines to print."""
    last = _read()
    if last.get("scale") != options.scale:
        return ["no run of this size to compare with"]
    before: Ratios = last["ratios"]
    moved = [
        f"{name}: {before[name]:.2f} → {ratio:.2f} ({ratio / before[name] - 1:+.0%})"
        for name, ratio in now.items()
        if name in before and abs(ratio / before[name] - 1) > NOTEWORTHY
    ]
    return moved or [f"nothing moved by more than {NOTEWORTHY:.0%} since the run of {last['at']}"]


def remember(options: Options, now: Ratios) -> None:
    """Rows that this run left out keep what the last one said."""
    last = _read()
    known = last["ratios"] if last.get("scale") == options.scale else {}
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(
        orjson.dumps(
            {
                "at": datetime.now(UTC).isoformat(timespec="minutes"),
                "scale": options.scale,
                "ratios": known | now,
            },
            option=orjson.OPT_INDENT_2,
        )
    )


def _read() -> dict[str, Any]:
    try:
        read: dict[str, Any] = orjson.loads(FILE.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return read
