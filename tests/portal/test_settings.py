"""The environment: what starts, what does not, and what is said."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal import environment
from tests.environment import portal_environment

PRODUCTION = {
    "DATABASE_URL": "postgresql://portal:very-secret@db/portal?sslmode=require",
    "REDIS_URL": "redis://redis:6379/0",
    "PORTAL_SECRET_KEY": "k" * 40,
    "PORTAL_HOSTS": "portal.example.com, portal",
    "PORTAL_URL": "https://portal.example.com",
}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Set exactly these variables and read them."""

    def read(**variables: str) -> tuple[environment.Environment | None, list[str]]:
        for name in list(os.environ):
            if name.lower() in environment.Environment.model_fields:
                monkeypatch.delenv(name)
        monkeypatch.setenv("PORTAL_DATA", str(tmp_path))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return environment.problems()

    return read


def test_nothing_set_is_an_embedded_portal(given) -> None:
    env, wrong = given()
    assert wrong == []
    assert env is not None
    assert env.is_embedded
    assert not env.is_https


def test_production_by_environment_alone(given) -> None:
    env, wrong = given(**PRODUCTION)
    assert wrong == []
    assert env is not None
    assert not env.is_embedded
    assert env.portal_hosts == ["portal.example.com", "portal"]


def test_an_empty_value_counts_as_not_set(given) -> None:
    env, wrong = given(PORTAL_SECRET_KEY="", DATABASE_URL="", PORT="")
    assert wrong == []
    assert env is not None
    assert env.port == 8000


@pytest.mark.parametrize("url", ["unix:///run/redis.sock", "redis://", "redis://host:99999"])
def test_redis_that_no_broker_can_use_is_refused(given, url: str) -> None:
    _, wrong = given(REDIS_URL=url)
    assert [sentence.split(":")[0] for sentence in wrong] == ["REDIS_URL"]


def test_a_wrong_value_hides_no_other_whose_name_begins_alike(given) -> None:
    _, wrong = given(PORT="99999", PORTAL_DATA="/proc/portal")
    assert [sentence.split(":")[0] for sentence in wrong] == ["PORT", "PORTAL_DATA"]


def test_everything_wrong_is_listed_at_once(given) -> None:
    env, wrong = given(
        PORT="99999",
        PORTAL_TIME_ZONE="Mars/Olympus",
        PORTAL_ALLOWED_NETWORKS="10.0.0.0/8,everywhere",
        DATABASE_URL="mysql://db/portal",
        REDIS_URL="memcached://x",
        GITHUB_URL="github.example.com",
        PROMETHEUS_CA_FILE="/no/such/file",
        EMAIL_URL="mail.example.com",
        GITHUB_APP_ID="12",
        PROMETHEUS_BEARER_TOKEN="b",
        PROMETHEUS_USERNAME="u",
    )
    assert env is None
    names = [sentence.split(":")[0].split(" ")[0] for sentence in wrong]
    assert names == [
        "PORTAL_TIME_ZONE",
        "PORTAL_ALLOWED_NETWORKS",
        "PORT",
        "DATABASE_URL",
        "REDIS_URL",
        "GITHUB_URL",
        "PROMETHEUS_CA_FILE",
        "EMAIL_URL",
        "GITHUB_APP_ID,",
        "PROMETHEUS_BEARER_TOKEN",
    ]


def test_production_names_everything_that_is_missing(given) -> None:
    _, wrong = given(DATABASE_URL="postgresql://db/portal", PORTAL_DEBUG="1")
    assert [sentence.split(" ")[0] for sentence in wrong] == [
        "PORTAL_SECRET_KEY",
        "REDIS_URL",
        "PORTAL_HOSTS",
        "PORTAL_URL",
        "PORTAL_DEBUG",
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"PORTAL_URL": "http://portal.example.com"}, "must start with https://"),
        ({"PORTAL_URL": "https://portal.example.com/portal"}, "must end after the host"),
        ({"PORTAL_HOSTS": "*"}, "must not be *"),
        ({"PORTAL_SECRET_KEY": "short"}, "at least 32 characters"),
        ({"DATABASE_URL": "postgresql://db"}, "names no database"),
        ({"DATABASE_URL": "postgresql://db:port/portal"}, "port that is no number"),
        ({"PROMETHEUS_CLIENT_CERT": __file__}, "go together"),
        ({"PROMETHEUS_PASSWORD": "p"}, "needs PROMETHEUS_USERNAME"),
        ({"PROMETHEUS_URL": "http://u:p@prometheus:9090"}, "no user name and no password"),
        ({"PORTAL_METRICS_TOKEN": "short"}, "at least 32 characters"),
        ({"PORTAL_CHECKOUTS": "/no/such/folder"}, "PORTAL_CHECKOUTS: path does not point to"),
    ],
)
def test_production_refuses(given, change: dict[str, str], says: str) -> None:
    env, wrong = given(**PRODUCTION | change)
    assert env is None
    assert len(wrong) == 1
    assert says in wrong[0]


def test_production_on_localhost_may_do_without_tls(given) -> None:
    env, wrong = given(**PRODUCTION | {"PORTAL_URL": "http://localhost:8000"})
    assert wrong == []
    assert env is not None
    assert not env.is_https


def test_secret_from_a_file_loses_its_line_break(given) -> None:
    env, _ = given(GITHUB_TOKEN="ghp_secret\n")
    assert env is not None
    assert env.github_token == "ghp_secret"


def test_no_secret_is_shown_by_repr(given) -> None:
    env, _ = given(**PRODUCTION, GITHUB_TOKEN="ghp_secret", PROMETHEUS_BEARER_TOKEN="bear")
    shown = repr(env)
    for secret in ("very-secret", "kkkk", "ghp_secret", "bear'"):
        assert secret not in shown


def start(data: Path, code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    program = f"import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'portal.settings'\n{code}"
    return subprocess.run(
        [sys.executable, "-c", program],
        env=portal_environment(data, **variables),
        cwd=environment.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


def test_start_ends_with_one_message_and_shows_no_value(tmp_path: Path) -> None:
    ended = start(
        tmp_path,
        "import portal.settings",
        PORTAL_SECRET_KEY="too-short",
        DATABASE_URL="oracle://me:hush@db/x",
    )
    assert ended.returncode == 2
    assert ended.stdout == ""
    lines = ended.stderr.splitlines()
    assert lines[0] == "The portal can't start: the environment is wrong."
    assert [line.strip().split(":")[0] for line in lines[1:]] == [
        "PORTAL_SECRET_KEY",
        "DATABASE_URL",
    ]
    assert "hush" not in ended.stderr
    assert "too-short" not in ended.stderr


def test_start_says_when_the_data_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = start(tmp_path / "file" / "var", "import portal.settings")
    assert ended.returncode == 2
    assert "PORTAL_DATA: the folder can't be made (Not a directory)" in ended.stderr


def test_embedded_key_is_made_once_and_private(tmp_path: Path) -> None:
    code = "import portal.settings; print(portal.settings.SECRET_KEY)"
    first, second = start(tmp_path, code), start(tmp_path, code)
    assert len(first.stdout.strip()) >= 50
    assert first.stdout == second.stdout
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


def test_production_settings_are_secure(tmp_path: Path) -> None:
    code = """
import portal.settings as s
d = s.DATABASES["default"]
print(d["NAME"], d["USER"], d["HOST"], d["OPTIONS"]["sslmode"])
print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT)
print(s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.SECURE_HSTS_PRELOAD)
print(s.CACHES["default"]["BACKEND"], s.ALLOWED_HOSTS)
"""
    ended = start(tmp_path, code, **PRODUCTION)
    assert ended.stderr == ""
    assert ended.stdout.splitlines() == [
        "portal portal db require",
        "__Host-session True True True",
        "31536000 True True",
        "django.core.cache.backends.redis.RedisCache "
        "['portal.example.com', 'portal', 'localhost', '127.0.0.1', '[::1]']",
    ]


def test_every_variable_is_described(tmp_path: Path) -> None:
    described = (environment.BASE_DIR / "docs" / "settings.md").read_text()
    missing = [
        name.upper()
        for name in environment.Environment.model_fields
        if f"`{name.upper()}`" not in described
    ]
    assert missing == []
