"""The image, the compose file and the database roles, as far as they go without an engine."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import yaml

from portal.environment import BASE_DIR
from tests import servers
from tests.environment import portal_environment

OURS = ("web", "worker", "beat", "prepare")


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())


def test_dockerfile_passes_hadolint() -> None:
    program = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [program, BASE_DIR / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    assert done.returncode == 0


def test_image_is_built_in_stages_and_runs_as_nobody_special() -> None:
    lines = (BASE_DIR / "Dockerfile").read_text().splitlines()
    words = [line.split() for line in lines if line and not line.startswith(("#", " "))]
    assert [line[0] for line in words].count("FROM") == 2
    assert words[-1][0] == "CMD"
    assert ["USER", "10001:10001"] in words
    assert "--require-hashes" in "\n".join(lines)
    assert not any(line[0] == "ADD" for line in words)


def test_image_holds_every_package_of_ours_and_nothing_else() -> None:
    ignore = (BASE_DIR / ".dockerignore").read_text()
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", (BASE_DIR / "Dockerfile").read_text(), re.M)
    for source in " ".join(copied).split():
        assert (BASE_DIR / source).exists()
        assert f"!{source}" in ignore
    packages = {path.parent.name for path in BASE_DIR.glob("*/__init__.py")}
    assert packages - {"tests", "tools"} <= set(" ".join(copied).split())


def test_every_service_is_checked_and_confined(compose: Any) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert name == "web" or "healthcheck" in service, name  # web: the image's own
        assert "privileged" not in service, name
        assert ":latest" not in service["image"], name
        assert re.search(r":\S*\d", service["image"]), name


def test_no_read_only_service_is_given_a_secret_that_compose_would_copy_in(compose: Any) -> None:
    """Compose copies secrets that come from the environment into the container, and refuses to
    where its file system is read-only."""
    for name, service in compose["services"].items():
        for secret in service.get("secrets", []):
            assert "file" in compose["secrets"][secret], name
    prometheus = compose["services"]["prometheus"]
    assert prometheus["entrypoint"] == ["/bin/sh", "-c"]
    (command,) = prometheus["command"]
    assert '"$$PORTAL_METRICS_TOKEN" > /run/secrets/metrics_token' in command
    assert "PORTAL_METRICS_TOKEN" in prometheus["environment"]


def test_only_web_is_published_and_only_on_loopback(compose: Any) -> None:
    published = {name: one["ports"] for name, one in compose["services"].items() if "ports" in one}
    assert list(published) == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in published["web"])


def test_migrations_run_first_and_as_their_owner(compose: Any) -> None:
    services = compose["services"]
    for name in OURS:
        role = "portal_owner" if name == "prepare" else "portal"
        url = services[name]["environment"]["DATABASE_URL"]
        assert url.startswith(f"postgresql://{role}:${{"), name
        if name != "prepare":
            prepared = services[name]["depends_on"]["prepare"]["condition"]
            assert prepared == "service_completed_successfully"


def test_no_secret_is_written_down_and_each_is_asked_for(compose: Any) -> None:
    text = (BASE_DIR / "docker-compose.yml").read_text()
    example = (BASE_DIR / "deploy/example.env").read_text()
    required = set(re.findall(r"\$\{(\w+):\?", text))
    assert len(required) == 6
    assert {name for name in required if f"\n{name}=\n" in example} == required
    known = set(re.findall(r"\$\{(\w+)[:}]", text))
    assert set(re.findall(r"^(\w+)=", example, re.M)) <= known


def test_compose_passes_only_variables_that_the_portal_reads(compose: Any) -> None:
    from portal.environment import Environment

    given = set(compose["services"]["web"]["environment"])
    assert {name.lower() for name in given} <= set(Environment.model_fields)


def test_the_environment_of_compose_starts_a_portal(compose: Any, tmp_path: Path) -> None:
    """With the example's secrets filled in, the settings take every value."""
    values = {"PORTAL_DB_PASSWORD": "p" * 32, "REDIS_PASSWORD": "r" * 32}
    values |= {"PORTAL_SECRET_KEY": "s" * 64, "PORTAL_METRICS_TOKEN": "m" * 64}

    def fill(text: str) -> str:
        return re.sub(
            r"\$\{(\w+)(?::[-?]([^}]*))?\}",
            lambda found: values.get(found[1], found[2] or ""),
            text,
        )

    given = {
        name: fill(str(value)) for name, value in compose["services"]["web"]["environment"].items()
    }
    code = "import portal.settings as s; print(s.EMBEDDED, s.ALLOWED_HOSTS[:2])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=portal_environment(tmp_path, **given),
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.strip() == "False ['localhost', 'web']"


@pytest.mark.server
def test_prometheus_takes_its_configuration(tmp_path: Path) -> None:
    config = (BASE_DIR / "deploy/prometheus.yml").read_text()
    secret = tmp_path / "token"
    secret.write_text("t" * 32)
    path = tmp_path / "prometheus.yml"
    path.write_text(config.replace("/run/secrets/metrics_token", str(secret)))
    promtool = servers.find(servers.PROMTOOL)
    done = subprocess.run(
        [promtool, "check", "config", path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def run_manage(*arguments: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=environment,
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.server
def test_the_portal_runs_as_a_role_that_cannot_change_tables(
    redis_url: str, tmp_path: Path
) -> None:
    """The real script on a real server: the owner prepares, the portal's role only uses."""
    server = servers.start_postgres()
    try:
        at = urlsplit(server.url)
        subprocess.run(
            ["sh", BASE_DIR / "deploy/postgres/roles.sh"],
            env=os.environ
            | {"PGHOST": "127.0.0.1", "PGPORT": str(at.port), "POSTGRES_USER": str(at.username)}
            | {"PORTAL_OWNER_PASSWORD": "o'wner", "PORTAL_DB_PASSWORD": "a pp"},
            check=True,
            capture_output=True,
        )
        production = {
            "REDIS_URL": redis_url,
            "PORTAL_SECRET_KEY": "k" * 40,
            "PORTAL_HOSTS": "localhost",
            "PORTAL_URL": "http://localhost:8000",
        }

        def environment(role: str, password: str) -> dict[str, str]:
            url = f"postgresql://{role}:{password}@127.0.0.1:{at.port}/portal"
            return portal_environment(tmp_path, **production, DATABASE_URL=url)

        owner, app = environment("portal_owner", "o%27wner"), environment("portal", "a%20pp")
        assert "The database is ready." in run_manage("prepare", environment=owner)
        run_manage("prepare", environment=owner)  # safe to repeat
        assert "migrations: ok" in run_manage("ready", environment=app)

        link = psycopg.connect(app["DATABASE_URL"], autocommit=True)
        with link:
            link.execute(
                "INSERT INTO jobs_lease (name, holder, expires_at) VALUES ('a', 'b', now())"
            )
            for refused in (
                "CREATE TABLE mine (id int)",
                "DROP TABLE jobs_lease",
                "ALTER TABLE audit_event DISABLE TRIGGER ALL",
                "TRUNCATE audit_event",
                "SET session_replication_role = replica",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    link.execute(refused)
    finally:
        server.stop()
