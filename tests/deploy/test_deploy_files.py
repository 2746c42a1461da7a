"""Each file of `deploy/` is well formed, and leaves the program what its sandbox, its children and its end need, and nothing more."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from compose_spec import PyCompose

from mingjian.fleet.limits import Limits
from mingjian.fleet.timing import Timing
from tests.deploy.conftest import DEPLOY, ROOT, UNITS, pods, resources, sections, service

OLDEST, NEWEST = "1.29", "1.37"
LATE = 10
"""Seconds that a node may take beyond its grace."""
NODES = "fleet-node"


def seconds(told: str) -> float:
    number, unit = re.fullmatch(r"(\d+)(s|min|)", told).groups()  # type: ignore[union-attr]
    return int(number) * (60 if unit == "min" else 1)


def gibibytes(told: str) -> float:
    number, unit = re.fullmatch(r"(\d+)(g|G|Gi|Mi|m)", told).groups()  # type: ignore[union-attr]
    return int(number) / (1024 if unit in ("Mi", "m") else 1)


def slots(arguments: list[str]) -> int:
    return next(int(each.partition("=")[2]) for each in arguments if each.startswith("--slots="))


def room_for(count: int) -> float:
    return count * Limits().memory / (1 << 30) + 1


def test_the_compose_file_is_one_by_the_specification(compose: dict[str, Any]) -> None:
    PyCompose.from_yaml(yaml.safe_dump(compose))
    with pytest.raises(ValueError, match="stop_grace_periot"):
        PyCompose.from_yaml(yaml.safe_dump(compose).replace("stop_grace_period", "stop_grace_periot"))


def test_what_a_service_names_is_declared(compose: dict[str, Any]) -> None:
    for name, each in compose["services"].items():
        assert set(each.get("secrets", ())) <= set(compose["secrets"]), name
        assert set(each["networks"]) <= set(compose["networks"]), name
        assert set(each.get("depends_on", ())) <= set(compose["services"]), name
        volumes = [row.partition(":")[0] for row in each["volumes"] if isinstance(row, str)]
        assert {row for row in volumes if not row.startswith(".")} <= set(compose["volumes"]), name
        assert all((DEPLOY / row).exists() for row in volumes if row.startswith("./") and "." in Path(row).name), name


def test_services_have_no_privilege_and_an_end(compose: dict[str, Any]) -> None:
    for name, each in compose["services"].items():
        assert each["cap_drop"] == ["ALL"], name
        assert each["security_opt"] == ["no-new-privileges:true"], name
        assert each["read_only"], name
        assert each["mem_limit"], name
        assert each["pids_limit"], name
        assert not {"privileged", "cap_add", "pid", "network_mode"} & set(each), name
        if name != "database":
            # Who waits for orphans, and hands a signal to the program and to nobody else.
            assert each["init"], name


def test_a_node_has_time_and_memory_for_what_it_does(compose: dict[str, Any]) -> None:
    ends = Timing().grace + LATE
    node = compose["services"]["node"]
    assert seconds(node["stop_grace_period"]) > ends
    assert gibibytes(node["mem_limit"]) >= room_for(slots(node["command"]))
    assert node["cpus"] == str(slots(node["command"]))
    assert node["pids_limit"] > slots(node["command"]) * Limits().processes * 16
    pod = pods()[NODES]
    assert pod["terminationGracePeriodSeconds"] > ends
    (container,) = pod["containers"]
    limits = container["resources"]["limits"]
    assert gibibytes(limits["memory"]) >= room_for(slots(container["args"]))
    assert limits["cpu"] == str(slots(container["args"]))
    unit = service(DEPLOY / "systemd/mingjian-fleet-node.service")
    assert seconds(unit["TimeoutStopSec"]) > ends


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_leaves_the_sandbox_what_it_needs(unit: Path) -> None:
    told = service(unit)
    assert {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "seccomp"} <= set(told["SystemCallFilter"].split())
    assert told["NoNewPrivileges"] == "yes"
    assert told["CapabilityBoundingSet"] == ""
    assert told["ProtectSystem"] == "strict"
    assert told["User"] in ("mingjian", "mingjian-fleet")
    # Its own limit counts what is in /proc, and how much memory there is.
    assert "ProcSubset" not in told
    if told.get("Type") != "oneshot":
        # Else the signal that ends it would end its children at the same time, and with them what they do.
        assert told["KillMode"] == "mixed"
    if unit.stem in ("mingjian-worker", "mingjian-fleet-node"):
        assert told["OOMPolicy"] == "continue"
    if "MemoryDenyWriteExecute" in told:
        assert told["User"] == "mingjian-fleet", "the engine that draws charts compiles what it runs"


def test_a_unit_may_write_where_its_command_writes() -> None:
    node = service(DEPLOY / "systemd/mingjian-fleet-node.service")
    assert "/srv/mingjian/lake" in node["ReadWritePaths"].split()
    assert f"--scratch /var/cache/{node['CacheDirectory']}" in node["ExecStart"]
    script = (DEPLOY / "systemd/nightly-backup").read_text(encoding="utf-8")
    written = set(re.findall(r"^\w+=(/\S+)$", script, re.MULTILINE))
    assert written < set(service(DEPLOY / "systemd/mingjian-backup.service")["ReadWritePaths"].split())
    made = (DEPLOY / "systemd/mingjian.tmpfiles.conf").read_text(encoding="utf-8").split()
    assert {*written, "/srv/mingjian/lake"} <= set(made)


def test_every_timer_has_its_service() -> None:
    for timer in (DEPLOY / "systemd").glob("*.timer"):
        assert timer.with_suffix(".service") in UNITS
        assert dict(sections(timer)["Timer"])["Persistent"] == "yes"


def test_units_are_ones_that_systemd_takes(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not installed")
    for file in (*UNITS, *(DEPLOY / "systemd").glob("*.timer")):
        told = re.sub(r"(?m)^(ExecStart=)/opt/\S+", r"\1/bin/true", file.read_text(encoding="utf-8"))
        # An instance, as nothing else of a template can be looked at.
        (tmp_path / file.name.replace("@.", "@apps.csv.")).write_text(told, encoding="utf-8")
    found = subprocess.run([analyze, "verify", "--man=no", *sorted(tmp_path.iterdir())], capture_output=True, text=True, check=False)
    # What other units of the machine say is not ours.
    assert [line for line in found.stderr.splitlines() if "mingjian" in line] == []


@pytest.mark.parametrize(("name", "resource"), resources(), ids=lambda value: value if isinstance(value, str) else value["kind"])
def test_manifests_are_ones_that_kubernetes_takes(name: str, resource: dict[str, Any]) -> None:
    for version in (OLDEST, NEWEST):
        kubernetes_validate.validate(resource, version, strict=True)
    assert name


def test_a_manifest_that_kubernetes_would_refuse_is_found() -> None:
    wrong = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"prots": []}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, NEWEST, strict=True)


def test_pods_keep_to_the_strictest_standard() -> None:
    for name, pod in pods().items():
        context = pod["securityContext"]
        assert context["runAsNonRoot"], name
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        for each in pod["containers"]:
            assert each["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert each["resources"]["limits"]["memory"], name
            assert {row["name"] for row in each["volumeMounts"]} == {row["name"] for row in pod["volumes"]}, name


def test_what_a_pod_names_is_declared() -> None:
    kinds: dict[str, set[str]] = {}
    for _, each in resources():
        kinds.setdefault(each["kind"], set()).add(each["metadata"].get("name", ""))
    for name, pod in pods().items():
        claims = {row["persistentVolumeClaim"]["claimName"] for row in pod["volumes"] if "persistentVolumeClaim" in row}
        assert claims <= kinds["PersistentVolumeClaim"], name
        maps = {row["configMapRef"]["name"] for each in pod["containers"] for row in each["envFrom"] if "configMapRef" in row}
        assert maps <= kinds["ConfigMap"], name
    listed = yaml.safe_load((DEPLOY / "kubernetes/kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    assert sorted(listed) == sorted(file.name for file in (DEPLOY / "kubernetes").glob("*.yaml") if file.name != "kustomization.yaml")
    components = {each["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"]
                  for _, each in resources() if each["kind"] in ("Deployment", "Job")}  # fmt: skip
    asked = set(
        re.findall(r"component(?:: |, operator: In, values: \[)([a-z, -]+)", (DEPLOY / "kubernetes/network.yaml").read_text("utf-8"))
    )
    assert {word.strip() for row in asked for word in row.split(",")} <= components


def test_the_health_that_is_asked_for_is_there(compose: dict[str, Any]) -> None:
    told = (ROOT / "src/mingjian/console/urls.py").read_text(encoding="utf-8")
    assert 'path("health"' in told
    (container,) = pods()["console"]["containers"]
    for probe in ("startupProbe", "readinessProbe"):
        asked = container[probe]["httpGet"]
        assert asked["path"] == "/health"
        # The console answers to its own names only.
        assert asked["httpHeaders"] == [{"name": "Host", "value": "localhost"}]
    assert "http://localhost:8000/health" in compose["services"]["console"]["healthcheck"]["test"][-1]
    for file in ("console.env.example", "kubernetes/settings.yaml"):
        names = re.findall(r"MINGJIAN_HOSTS[=:] ?(\S+)", (DEPLOY / file).read_text(encoding="utf-8"))
        assert ["localhost" in each.split(",") for each in names] == [True], file


def test_rules_of_prometheus_are_ones_that_it_takes() -> None:
    groups = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in (rule for group in groups for rule in group["rules"]):
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"]
    promtool = shutil.which("promtool")
    if promtool is not None:
        for kind, file in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
            found = subprocess.run([promtool, "check", kind, DEPLOY / "prometheus" / file], capture_output=True, text=True, check=False)
            assert found.returncode == 0, found.stderr
