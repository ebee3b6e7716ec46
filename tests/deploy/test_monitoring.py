"""Alerts and dashboard speak of metrics that there are, and every alert has its page in the runbook."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from src.core.observability.router import GAUGES, PREFIX
from tests.support.product import PROJECT
from tests.support.programs import program

MONITORING = PROJECT / "deploy/monitoring"
NAME = re.compile(r"\bdownbeat_\w+")


def promtool(*arguments: str, folder: Path) -> None:
    checked = subprocess.run(
        [program("promtool", package="prometheus"), *arguments],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((MONITORING / "grafana/dashboards/downbeat.json").read_text())
    return document


def known() -> set[str]:
    names = {PREFIX + name for name in GAUGES}
    for metric in REGISTRY.collect():
        names |= {metric.name + end for end in ("", "_total", "_bucket", "_count", "_sum")}
    return names


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_what_there_is_and_has_its_page(rule: dict[str, Any]) -> None:
    assert set(NAME.findall(rule["expr"])) <= known()
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    assert f"\n### {rule['alert']}\n" in (PROJECT / "docs/operations.md").read_text()


def test_the_runbook_has_no_page_of_an_alert_that_is_gone() -> None:
    runbook = (PROJECT / "docs/operations.md").read_text().partition("## Runbook")[2]
    assert re.findall(r"^### (\w+)$", runbook, re.MULTILINE) == [rule["alert"] for rule in alerts()]


def test_the_dashboard_shows_what_there_is_and_all_of_it() -> None:
    expressions = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    shown = {name for expression in expressions for name in NAME.findall(expression)}
    assert shown <= known()
    ours = {name for name in known() if name.startswith(PREFIX)}
    bases = {name.removesuffix("_total").removesuffix("_bucket") for name in shown}
    missing = {name for name in ours if not any(name.startswith(base) for base in bases)}
    assert missing == set()


def test_prometheus_is_told_where_to_look() -> None:
    jobs = yaml.safe_load((MONITORING / "prometheus.yml").read_text())["scrape_configs"]
    services = yaml.safe_load((PROJECT / "prod.yml").read_text())["services"]
    for job in jobs:
        [place] = job["dns_sd_configs"]
        assert set(place["names"]) <= set(services)
    assert (
        str(jobs[1]["dns_sd_configs"][0]["port"]) == services["worker"]["environment"]["WORKER_METRICS_PORT"]
    )


def test_prometheus_itself_reads_its_configuration(tmp_path: Path) -> None:
    token = tmp_path / "metrics_token"
    token.write_text("prometheus")
    configuration = (MONITORING / "prometheus.yml").read_text()
    assert "/run/secrets/metrics_token" in configuration
    (tmp_path / "prometheus.yml").write_text(configuration.replace("/run/secrets/metrics_token", str(token)))
    shutil.copy(MONITORING / "alerts.yml", tmp_path)
    promtool("check", "config", "prometheus.yml", folder=tmp_path)  # with its rules
    promtool("check", "rules", "alerts.yml", folder=tmp_path)


def test_alerts_call_when_they_should_and_not_sooner() -> None:
    promtool("test", "rules", "alerts_test.yml", folder=MONITORING)
