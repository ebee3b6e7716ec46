"""What import-linter's layers can't say."""

import ast
from collections.abc import Iterator
from pathlib import Path

SRC = Path(__file__).parents[2] / "src"
INTERNAL = {"repository", "router", "tasks", "handlers"}

# What binds the domains together: it includes their routers, names their handlers and registers their tasks.
BINDINGS = {"main.py", "worker.py", "subscriptions.py"}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SRC.rglob("*.py")):
        yield path.relative_to(SRC), ast.parse(path.read_text(), str(path))


def imported(tree: ast.AST) -> Iterator[str]:
    """Every dotted name that an import may bind: `from src.rooms import service` gives `src.rooms.service`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import of {node.module}"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_a_domain_never_reaches_into_the_inside_of_another() -> None:
    wrong = []
    seen = 0
    for path, tree in modules():
        if str(path) in BINDINGS:
            continue
        for name in imported(tree):
            root, domain, part, *_ = (*name.split("."), "", "", "")
            if root != "src" or part not in INTERNAL:
                continue
            seen += 1
            # core.tasks holds the decorators of tasks, not tasks.
            if domain not in {path.parts[0], "core"}:
                wrong.append(f"{path}: {name}")
    assert wrong == []
    assert seen > 10  # the own ones: the walk has looked


def test_the_walk_would_notice() -> None:
    tree = ast.parse("def f():\n    from src.rooms import repository as rooms\nimport src.users.router")
    assert set(imported(tree)) == {"src.rooms", "src.rooms.repository", "src.users.router"}


def test_nothing_is_imported_inside_of_functions() -> None:
    """Such an import hides a cycle. Commands are left out: they start sooner without what others need."""
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in modules()
        if path.parts[0] != "cli"
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert wrong == []


def test_every_domain_has_a_place_for_its_tests() -> None:
    domains = {path.name for path in SRC.iterdir() if (path / "__init__.py").exists()}
    without_logic = {"agreements", "appointments", "events", "messages", "cli"}
    tested = {path.name for path in (SRC.parent / "tests").iterdir() if path.is_dir()}
    assert domains - without_logic <= tested


def test_services_never_commit() -> None:
    """The transaction belongs to the request or the task. (A `flush` is fine.)"""
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in modules()
        if path.parts[0] not in {"core", "cli"}
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"commit", "rollback"}
    ]
    assert wrong == []
