"""What the contract's tests have asked, and how it was answered: `make fuzz` ends with it."""

from collections import Counter

import hypothesis
import pytest

ANSWERS = "answers"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if hypothesis.settings.get_current_profile_name() != "fuzz":
        return
    answers: Counter[tuple[str, str, int]] = Counter()
    for report in terminalreporter.getreports(""):
        for name, told in report.user_properties:
            if name == ANSWERS:
                answers.update({(role, operation, status): times for role, operation, status, times in told})
    if answers:
        terminalreporter.section("What was asked")
        for line in _summary(answers):
            terminalreporter.write_line(line)


def _summary(answers: Counter[tuple[str, str, int]]) -> list[str]:
    operations = {operation for _, operation, _ in answers}
    succeeded = {operation for _, operation, status in answers if status < 300}
    never = sorted(operations - succeeded)
    return [
        *[_line(role, answers) for role in dict.fromkeys(role for role, _, _ in answers)],
        f"{len(succeeded)} of {len(operations)} operations have succeeded for somebody, all but",
        *[f"  {operation}" for operation in never],
    ]


def _line(role: str, answers: Counter[tuple[str, str, int]]) -> str:
    of_role = {key: times for key, times in answers.items() if key[0] == role}
    by_class: Counter[int] = Counter()
    for (_, _, status), times in of_role.items():
        by_class[status // 100] += times
    classes = ", ".join(f"{hundred}xx: {times}" for hundred, times in sorted(by_class.items()))
    operations = {operation for _, operation, _ in of_role}
    return f"{role}: {sum(by_class.values())} requests to {len(operations)} operations ({classes})"
