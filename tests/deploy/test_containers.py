"""The container files, checked without Docker: against the schema, against each other, and by what they start."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft201909Validator
from pydantic import SecretStr

from src.cli import databases
from src.cli.embedded import pick_free_port
from src.core.config import Settings
from tests.support.product import PROJECT, Product, wait_until
from tests.support.services import create_extra_database, run_folder

FILES = ("dev.yml", "prod.yml")
SCHEMA = json.loads((Path(__file__).parent / "compose_spec/compose_spec.json").read_text())
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
SAFE = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "a-secret-of-tests-that-is-long-enough",
    "ENCRYPTION_KEYS": "first:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "PUBLIC_URL": "https://api.downbeat.example",
    "CORS_ORIGINS": "https://downbeat.example",
    "MAIL_TRANSPORT": "smtp",
    "METRICS_TOKEN": "prometheus",
    "LOG_FORMAT": "json",
}


def compose(file: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((PROJECT / file).read_text())
    return document


def ours(file: str) -> dict[str, dict[str, Any]]:
    """The services of the product's image."""
    services = compose(file)["services"].items()
    return {name: service for name, service in services if service.get("build") == "."}


@pytest.mark.parametrize("file", FILES)
def test_compose_files_follow_the_schema(file: str) -> None:
    document = compose(file)
    del document["name"]  # younger than the schema
    assert [error.message for error in Draft201909Validator(SCHEMA).iter_errors(document)] == []


@pytest.mark.parametrize("file", FILES)
def test_what_a_service_names_is_there(file: str) -> None:
    document = compose(file)
    for name, service in document["services"].items():
        assert set(service.get("depends_on", {})) <= set(document["services"]), name
        assert set(service.get("networks", [])) <= set(document.get("networks", {})), name
        secrets = {
            secret if isinstance(secret, str) else secret["source"] for secret in service.get("secrets", [])
        }
        assert secrets <= set(document.get("secrets", {})), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if not source.startswith("./"):
                assert source in document["volumes"], name
            elif not source.startswith("./deploy/certificates"):
                assert (PROJECT / source).exists(), source


def test_every_secret_is_a_setting_or_another_programs_and_stands_in_the_readme() -> None:
    readme = (PROJECT / "deploy/secrets/README.md").read_text()
    others = {
        "postgres_password",
        "rabbitmq_account",
        "pgbouncer_users",
        "grafana_password",
        "database_direct_url",
    }
    for name in compose("prod.yml")["secrets"]:
        assert f"| `{name}` |" in readme, name
        assert name in Settings.model_fields or name in others, name


def test_every_setting_that_is_a_secret_has_its_file_in_production() -> None:
    secrets = {name for name, field in Settings.model_fields.items() if field.annotation is SecretStr}
    for name, service in ours("prod.yml").items():
        assert name == "migrate" or secrets <= set(service["secrets"]), name


def test_in_production_nothing_is_mounted_over_the_code_and_everything_is_limited() -> None:
    for name, service in compose("prod.yml")["services"].items():
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name
        assert service["restart"] in {"unless-stopped", "on-failure:5"}, name
        assert "5432" not in str(service.get("ports", "")), name
    for name, service in ours("prod.yml").items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert not any(":/app" in volume for volume in service["volumes"]), name
        assert name == "migrate" or service["depends_on"]["migrate"] == {
            "condition": "service_completed_successfully"
        }


def test_in_development_the_code_is_alive() -> None:
    for name, service in ours("dev.yml").items():
        assert "./src:/app/src:ro" in service["volumes"], name
    assert "--reload" in ours("dev.yml")["api"]["command"]
    for name in ("worker", "beat"):
        assert ours("dev.yml")[name]["command"].startswith("watchfiles ")


def test_settings_that_are_given_exist() -> None:
    others = {"WEB_CONCURRENCY", "PROMETHEUS_MULTIPROC_DIR"}
    for file in FILES:
        for service in ours(file).values():
            for name in service["environment"]:
                assert name.lower() in Settings.model_fields or name in others, name


def test_what_the_image_copies_is_let_in_and_it_runs_as_nobody_in_particular() -> None:
    let_in = (PROJECT / ".dockerignore").read_text().splitlines()
    copied = re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.MULTILINE)
    assert copied
    for source in copied:
        assert f"!{source}" in let_in, source
        assert (PROJECT / source).exists(), source
    assert "USER downbeat" in DOCKERFILE.rpartition("FROM ")[2]
    assert "--require-hashes" in DOCKERFILE
    assert "HEALTHCHECK" in DOCKERFILE


def test_what_the_image_of_nginx_copies_is_there() -> None:
    folder = PROJECT / compose("prod.yml")["services"]["nginx"]["build"]
    copied = re.findall(r"^COPY (.+) \S+$", (folder / "Dockerfile").read_text(), re.MULTILINE)
    files = {file for files in copied for file in files.split()}
    assert files == {path.name for path in folder.glob("*.conf")} - {
        "admin_allow.conf"
    }  # that one is mounted


def image_command() -> list[str]:
    found = re.search(r"^CMD (\[.*?\])$", DOCKERFILE.replace("\\\n", ""), re.MULTILINE | re.DOTALL)
    assert found is not None
    command: list[str] = json.loads(found[1])
    return command


def health_command() -> list[str]:
    found = re.search(r"HEALTHCHECK .*?CMD (\[.*?\])$", DOCKERFILE.replace("\\\n", ""), re.MULTILINE)
    assert found is not None
    command: list[str] = json.loads(found[1])
    return command


@pytest.fixture
def product(redis_url: str):
    folder = run_folder() / "containers"
    settings = SAFE | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
        "WORKER_METRICS_PORT": str(pick_free_port()),
        "HOSTNAME": "container",
    }
    with Product(
        database_url=create_extra_database("containers"), redis_url=redis_url, folder=folder, **settings
    ) as product:
        yield product


@pytest.mark.processes
def test_every_start_command_of_the_image_works(product: Product) -> None:
    """As prod.yml gives them; what differs is the port and where beat keeps its schedule."""
    services = ours("prod.yml")
    port = str(product.port)
    product.start("api", *[word.replace("8000", port) for word in image_command()])
    worker = services["worker"]["command"].replace(
        "--concurrency 4", "--concurrency 1 --hostname celery@container"
    )
    product.start("worker", *shlex.split(worker))
    beat = services["beat"]["command"].replace("/tmp/", f"{product.mails.parent}/")  # noqa: S108 - the container's own
    product.start("beat", *shlex.split(beat))

    migrated = run(product, services["migrate"]["command"])  # there is nothing new: the others need not wait
    assert migrated.returncode == 0, migrated.stderr
    healthy = [word.replace("8000", port) for word in health_command()]
    wait_until(lambda: run(product, shlex.join(healthy)).returncode == 0, "the API's health check fails")
    metrics_port = product.environment["WORKER_METRICS_PORT"]
    wait_until(
        lambda: 'downbeat_tasks_total{state="SUCCESS",task="core.relay_outbox"}' in read(metrics_port),
        f"the worker tells nothing: {product.log('worker')}",
    )
    ping = services["worker"]["healthcheck"]["test"].replace("$$", "$")
    pinged = run(product, ping)
    assert pinged.returncode == 0, pinged.stdout + pinged.stderr

    told = httpx.get(f"{product.url}/metrics", headers={"Authorization": "Bearer prometheus"}).text
    assert "downbeat_http_requests_total" in told
    assert databases.fetch(product.environment["DATABASE_URL"], "SELECT 1 FROM countries LIMIT 1")


def run(product: Product, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command],
        cwd=PROJECT,
        env=product.environment,
        check=False,
        capture_output=True,
        text=True,
    )


def read(port: str) -> str:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/metrics").text
    except httpx.TransportError:
        return ""
