"""The variables the portal reads from its environment: typed, and checked in one go.

`read_environment()` is called once, by `portal.settings`. A wrong, missing or contradictory
value stops the start with one message that lists everything wrong, by name and without the
value, which may be a secret. `docs/settings.md` describes each variable.
"""

import os
import re
import sys
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BeforeValidator,
    DirectoryPath,
    Field,
    FilePath,
    StringConstraints,
    ValidationError,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

BASE_DIR = Path(__file__).resolve().parent.parent
LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"]
_NAME = re.compile(r"[A-Z][A-Z_]+")


def _split(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("must be a time zone of the IANA database, as in Europe/Berlin") from error
    return value


def _database(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"postgres", "postgresql", "sqlite"}:
        raise ValueError("must start with postgresql:// or sqlite://")
    if not parts.path.strip("/"):
        raise ValueError("names no database, as in postgresql://user@host/portal")
    _port(value)
    return value


def _redis(value: str) -> str:
    if urlsplit(value).scheme not in {"redis", "rediss"} or not urlsplit(value).hostname:
        raise ValueError("must be redis://host or rediss://host")
    _port(value)
    return value


def _mail(value: str) -> str:
    if urlsplit(value).scheme not in {"smtp", "smtp+tls", "smtps"} or not urlsplit(value).hostname:
        raise ValueError("must be smtp://host, smtp+tls://host or smtps://host")
    _port(value)
    return value


def _web(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http:// or https:// address")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must hold no user name and no password: pages show it")
    _port(value)
    return value.rstrip("/")


def _origin(value: str) -> str:
    value = _web(value)
    if urlsplit(value).path or urlsplit(value).query:
        raise ValueError("must end after the host and port")
    return value


def _port(value: str) -> None:
    try:
        _ = urlsplit(value).port
    except ValueError as error:
        raise ValueError("has a port that is no number up to 65535") from error


List = Annotated[list[str], NoDecode, BeforeValidator(_split)]
Networks = Annotated[list[IPv4Network | IPv6Network], NoDecode, BeforeValidator(_split)]
# A line break at the end, as files of secrets have, would fit no header.
Secret = Annotated[str | None, StringConstraints(strip_whitespace=True), Field(repr=False)]
LongSecret = Annotated[Annotated[str, Field(min_length=32)] | None, Field(repr=False)]
Web = Annotated[str, AfterValidator(_web)]


class Environment(BaseSettings):
    """The variables; names are the upper-cased field names, and an empty one counts as not set."""

    model_config = SettingsConfigDict(
        case_sensitive=False, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    portal_data: Path = BASE_DIR / "var"
    portal_static: Path | None = None
    portal_secret_key: LongSecret = None
    portal_debug: bool = False
    portal_hosts: List = LOOPBACK_NAMES
    portal_url: Annotated[str, AfterValidator(_origin)] | None = None
    portal_sample: bool | None = None
    portal_time_zone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    portal_log_format: Literal["json", "console"] = "json"
    portal_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    portal_allowed_networks: Networks = []
    portal_metrics_token: LongSecret = None
    portal_metrics_networks: Networks = []
    portal_checkouts: DirectoryPath | None = None
    catalog_sources: List = []
    port: int = Field(default=8000, ge=0, le=65535)
    portal_bind: str = "127.0.0.1"
    portal_web_workers: int = Field(default=2, ge=1, le=64)
    portal_web_threads: int = Field(default=4, ge=1, le=64)

    database_url: Annotated[Annotated[str, AfterValidator(_database)] | None, Field(repr=False)] = (
        None
    )
    redis_url: Annotated[Annotated[str, AfterValidator(_redis)] | None, Field(repr=False)] = None

    github_url: Web = "https://api.github.com"
    github_token: Secret = None
    github_app_id: str | None = None
    github_app_private_key: Secret = None
    github_app_installation_id: str | None = None
    github_org: str | None = None
    github_webhook_secret: Secret = None
    prometheus_url: Web | None = None
    prometheus_bearer_token: Secret = None
    prometheus_username: str | None = None
    prometheus_password: Secret = None
    prometheus_ca_file: FilePath | None = None
    prometheus_client_cert: FilePath | None = None
    prometheus_client_key: FilePath | None = None
    prometheus_insecure_skip_verify: bool = False
    prometheus_config: FilePath | None = None

    email_url: Annotated[Annotated[str, AfterValidator(_mail)] | None, Field(repr=False)] = None
    email_from: str = "portal@localhost"

    @property
    def is_embedded(self) -> bool:
        """Whether the portal keeps everything in its own folder."""
        return self.database_url is None or self.database_url.startswith("sqlite:")

    @property
    def is_https(self) -> bool:
        return self.portal_url is not None and self.portal_url.startswith("https:")


def contradictions(env: Environment) -> list[str]:
    """Sentences about values that are well-formed and don't go together, or are missing."""
    wrong = _unwritable(env.portal_data) if env.is_embedded else _missing_in_production(env)
    if env.portal_debug and not env.is_embedded:
        wrong.append("PORTAL_DEBUG must be off in production: its error pages show secrets")
    app = (env.github_app_id, env.github_app_private_key, env.github_app_installation_id)
    if any(app) and not all(app):
        wrong.append(
            "GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY and GITHUB_APP_INSTALLATION_ID go together"
        )
    if bool(env.prometheus_client_cert) != bool(env.prometheus_client_key):
        wrong.append("PROMETHEUS_CLIENT_CERT and PROMETHEUS_CLIENT_KEY go together")
    if env.prometheus_bearer_token and env.prometheus_username:
        wrong.append("PROMETHEUS_BEARER_TOKEN and PROMETHEUS_USERNAME exclude each other")
    if env.prometheus_password and not env.prometheus_username:
        wrong.append("PROMETHEUS_PASSWORD needs PROMETHEUS_USERNAME")
    return wrong


def _unwritable(folder: Path) -> list[str]:
    """What is wrong with the folder of an embedded portal, which is made here."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return [f"PORTAL_DATA: the folder can't be made ({error.strerror})"]
    return [] if os.access(folder, os.W_OK) else ["PORTAL_DATA: the folder can't be written"]


def _missing_in_production(env: Environment) -> list[str]:
    """What a portal with a PostgreSQL must be told, since others can reach it."""
    wrong = []
    if env.portal_secret_key is None:
        wrong.append("PORTAL_SECRET_KEY must be set in production, to 32 characters or more")
    if env.redis_url is None:
        wrong.append("REDIS_URL must be set in production: web and workers share it")
    if "portal_hosts" not in env.model_fields_set:
        wrong.append("PORTAL_HOSTS must name the hosts that the portal answers for in production")
    elif "*" in env.portal_hosts:
        wrong.append("PORTAL_HOSTS must not be * in production")
    if env.portal_url is None:
        wrong.append("PORTAL_URL must be set in production, as in https://portal.example.com")
    elif not env.is_https and urlsplit(env.portal_url).hostname not in {"localhost", "127.0.0.1"}:
        wrong.append("PORTAL_URL must start with https:// in production, except on localhost")
    return wrong


def problems(variables: dict[str, Any] | None = None) -> tuple[Environment | None, list[str]]:
    """The environment, or None with a sentence for everything that is wrong with it.

    Contradictions are looked for even where some values are malformed: those then count as not
    set, and nothing is said about them twice.
    """
    given = variables or {}
    try:
        env = Environment(**given)
    except ValidationError as error:
        bad = {str(item["loc"][0]): _sentence(dict(item)) for item in error.errors()}
        fields = Environment.model_fields
        env = Environment(**given | {name: fields[name].default for name in bad})
        names = {name.upper() for name in bad}
        others = [one for one in contradictions(env) if not names & set(_NAME.findall(one))]
        return None, [*bad.values(), *others]
    wrong = contradictions(env)
    return (None if wrong else env), wrong


def _sentence(item: dict[str, Any]) -> str:
    message = str(item["msg"]).removeprefix("Value error, ")
    return f"{str(item['loc'][0]).upper()}: {message[:1].lower()}{message[1:]}"


def read_environment() -> Environment:
    """The checked environment; ends the process with one message where it is wrong."""
    env, wrong = problems()
    if env is None:
        lines = "".join(f"\n  {sentence}" for sentence in wrong)
        print(  # noqa: T201 the one message before any logging exists
            f"The portal can't start: the environment is wrong.{lines}", file=sys.stderr
        )
        raise SystemExit(2)
    return env
