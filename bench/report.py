"""The table, the goals beside it, and what went wrong."""

from statistics import median

from bench.measure import Result, Results
from bench.row import API, BARE, USUAL, Row

HEADINGS = ("req/s", "p50 ms", "p99 ms", "CPU µs", "PostgreSQL µs", "of bare", "of usual", "errors")
NAME_WIDTH, WIDTH = 10, 14


def print_rows(rows: list[Row], results: Results) -> None:
    for row in rows:
        contestants = results[row.name]
        print(f"\n{row.name}")
        print(" " * NAME_WIDTH + "".join(f"{heading:>{WIDTH}}" for heading in HEADINGS))
        for name, result in contestants.items():
            cells = _cells(result, contestants) if result.rates else ["-"] * (len(HEADINGS) - 1)
            line = [*cells, str(result.errors)]
            print(f"{name:<{NAME_WIDTH}}" + "".join(f"{cell:>{WIDTH}}" for cell in line))
        _print_goals(row, contestants)


def _cells(result: Result, contestants: dict[str, Result]) -> list[str]:
    against = [
        f"{result.ratio(contestants[rival]):.2f}" if contestants[rival].rates else "-"
        for rival in (BARE, USUAL)
    ]
    return [
        f"{median(result.rates):,.0f}",
        *(f"{median(seconds) * 1_000:.2f}" for seconds in (result.p50s, result.p99s)),
        *(f"{median(seconds) * 1_000_000:,.0f}" for seconds in (result.server_cpu, result.database_cpu)),
        *against,
    ]


def _print_goals(row: Row, contestants: dict[str, Result]) -> None:
    own = contestants[API]
    for goal in row.goals:
        rival = contestants[goal.rival]
        if not (own.rates and rival.rates):
            print(f"  goal {goal}: not measured")
            continue
        reached = own.ratio(rival)
        verdict = "reached" if reached >= goal.factor else "NOT REACHED"
        print(f"  goal {goal}: {reached:.2f}, {verdict}")


def print_errors(results: Results) -> bool:
    """Whether there were any: then the numbers above mean nothing."""
    failed = [
        (row, name, result)
        for row, contestants in results.items()
        for name, result in contestants.items()
        if result.errors
    ]
    for row, name, result in failed:
        print(f"\n{row}, {name}: {result.errors} errors, the first:\n{result.first_error}")
    return bool(failed)
