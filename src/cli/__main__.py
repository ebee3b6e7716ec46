"""`python -m src.cli COMMAND`: what people and `make` run by hand."""

import sys
from importlib import import_module

import typer

# Only the chosen command's module is imported: production images lack what `dev` needs, and `dev` need not
# wait for what the others import.
COMMANDS = {
    "dev": "src.cli.dev:run",
    "with-services": "src.cli.services:with_services",
    "erase": "src.cli.services:erase",
    "load-geography": "src.cli.load_geography:load_geography",
    "demo": "src.cli.demo:demo",
    "check-invariants": "src.cli.check_invariants:check_invariants",
    "reseal-secrets": "src.cli.reseal_secrets:reseal_secrets",
    "create-admin": "src.cli.create_admin:create_admin",
    "openapi": "src.cli.openapi:openapi",
    "check-migrations": "src.cli.migrations:check",
}

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)


@app.callback()
def _describe() -> None:
    """Downbeat's command line."""


def main() -> None:
    chosen = [name for name in sys.argv[1:2] if name in COMMANDS]
    for name in chosen or COMMANDS:
        module, function = COMMANDS[name].split(":")
        app.command(name)(getattr(import_module(module), function))
    app()


if __name__ == "__main__":
    main()
