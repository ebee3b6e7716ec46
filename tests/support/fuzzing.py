"""How hard to look for counterexamples."""

import hypothesis


def examples(number: int) -> int:
    """In a run of the suite; `make fuzz` tries ten times as many."""
    return number * hypothesis.settings().max_examples // 100
