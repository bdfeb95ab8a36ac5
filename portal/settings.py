"""All settings, read from the environment only, typed, and checked in one go.

Two ways to run: embedded (nothing set: SQLite, a broker on a folder, keys generated in
`PORTAL_DATA`) and production (`DATABASE_URL` and `REDIS_URL` set, `PORTAL_SECRET_KEY` given).
A wrong or missing value stops the start with one message that lists everything wrong.
`docs/settings.md` describes each variable.
"""

import secrets
import sys
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from csp.constants import NONCE, NONE, SELF
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

BASE_DIR = Path(__file__).resolve().parent.parent


class Environment(BaseSettings):
    """The variables that the portal reads; names are the upper-cased field names."""

    model_config = SettingsConfigDict(env_prefix="", case_sensitive=False, extra="ignore")

    portal_data: Path = BASE_DIR / "var"
    portal_secret_key: str | None = Field(default=None, min_length=32)
    portal_debug: bool = False
    portal_hosts: Annotated[list[str], NoDecode] = ["localhost", "127.0.0.1", "[::1]"]
    portal_url: str | None = None
    portal_https: bool = False
    portal_sample: bool | None = None
    portal_time_zone: str = "UTC"
    portal_log_format: Literal["json", "console"] = "json"
    portal_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    portal_allowed_networks: Annotated[list[str], NoDecode] = []
    portal_checkouts: Path | None = None
    port: int = Field(default=8000, ge=0, le=65535)

    database_url: str | None = None
    redis_url: str | None = None

    github_url: str = "https://api.github.com"
    github_token: str | None = None
    github_app_id: str | None = None
    github_app_private_key: str | None = None
    github_app_installation_id: str | None = None
    github_org: str | None = None
    prometheus_url: str | None = None
    prometheus_bearer_token: str | None = None
    prometheus_username: str | None = None
    prometheus_password: str | None = None
    prometheus_ca_file: Path | None = None
    prometheus_client_cert: Path | None = None
    prometheus_client_key: Path | None = None
    prometheus_insecure_skip_verify: bool = False
    prometheus_config: Path | None = None

    email_url: str | None = None
    email_from: str = "portal@localhost"

    @field_validator("portal_hosts", "portal_allowed_networks", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("portal_allowed_networks")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        import ipaddress  # noqa: PLC0415 used only here

        for network in value:
            ipaddress.ip_network(network)
        return value

    @field_validator("portal_time_zone")
    @classmethod
    def _time_zone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415

        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is no time zone of the IANA database") from error
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"postgres", "postgresql", "sqlite"}:
            raise ValueError("must start with postgresql:// or sqlite://")
        if parts.scheme != "sqlite" and not parts.path.strip("/"):
            raise ValueError("names no database, as in postgresql://user@host/portal")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @field_validator("github_url", "prometheus_url")
    @classmethod
    def _web(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an http:// or https:// address")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _together(self) -> "Environment":
        wrong: list[str] = []
        production = self.database_url is not None and not self.database_url.startswith("sqlite")
        if production and self.portal_secret_key is None:
            wrong.append("PORTAL_SECRET_KEY must be set (32 characters or more) in production")
        app = (self.github_app_id, self.github_app_private_key, self.github_app_installation_id)
        if any(app) and not all(app):
            wrong.append(
                "GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY and GITHUB_APP_INSTALLATION_ID go together"
            )
        if bool(self.prometheus_client_cert) != bool(self.prometheus_client_key):
            wrong.append("PROMETHEUS_CLIENT_CERT and PROMETHEUS_CLIENT_KEY go together")
        if self.prometheus_bearer_token and self.prometheus_username:
            wrong.append("set PROMETHEUS_BEARER_TOKEN or PROMETHEUS_USERNAME, not both")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


def _read_environment() -> Environment:
    try:
        return Environment()
    except ValidationError as error:
        lines = []
        for item in error.errors():
            name = "_".join(str(part) for part in item["loc"]).upper()
            message = item["msg"].removeprefix("Value error, ")
            lines.append(f"  {name + ': ' if name else ''}{message}")
        print(  # noqa: T201 the one message before any logging exists
            "The portal can't start: the environment is wrong.\n" + "\n".join(lines),
            file=sys.stderr,
        )
        raise SystemExit(2) from None


def _embedded_key(folder: Path) -> str:
    """The secret key of an embedded portal, generated once with mode 0600."""
    path = folder / "secret-key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"secret-key.{secrets.token_hex(4)}"
        part.touch(mode=0o600)
        part.write_text(secrets.token_urlsafe(48))
        try:
            path.hardlink_to(part)
        except FileExistsError:
            pass
        finally:
            part.unlink()
        return path.read_text().strip()


def _database(env: Environment) -> dict[str, Any]:
    if env.database_url is None or env.database_url.startswith("sqlite"):
        name = Path(unquote(urlsplit(env.database_url).path)) if env.database_url else None
        env.portal_data.mkdir(parents=True, exist_ok=True)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": name or env.portal_data / "portal.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                    "PRAGMA foreign_keys=ON; PRAGMA cache_size=-32000;"
                ),
            },
        }
    parts = urlsplit(env.database_url)
    options: dict[str, Any] = {}
    for pair in filter(None, parts.query.split("&")):
        key, _, value = pair.partition("=")
        options[key] = unquote(value)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or options.pop("host", ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


ENV = _read_environment()
EMBEDDED = ENV.database_url is None or ENV.database_url.startswith("sqlite")
DATA = ENV.portal_data.resolve()

DEBUG = ENV.portal_debug
SECRET_KEY = ENV.portal_secret_key or _embedded_key(DATA)
ALLOWED_HOSTS = ENV.portal_hosts
PORTAL_URL = ENV.portal_url or f"http://127.0.0.1:{ENV.port}"
CSRF_TRUSTED_ORIGINS = [ENV.portal_url] if ENV.portal_url else []
DATABASES = {"default": _database(ENV)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "template_partials",
    "csp",
    "ninja",
    "portal.lib",
    "portal.audit",
    "portal.accounts",
    "portal.api",
    "portal.jobs",
    "portal.catalog",
    "portal.shell",
    "portal.operations",
    "scorecards",
    "radar",
    "runbooks",
]

MIDDLEWARE = [
    "portal.lib.requests.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.lib.requests.SecurityHeadersMiddleware",
    "portal.api.middleware.ApiErrorMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.accounts.middleware.SignInRequiredMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": ["template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "portal.shell.context.shell",
            ],
        },
    }
]

AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "shell:desk"
LOGOUT_REDIRECT_URL = "accounts:sign_in"

LANGUAGE_CODE = "en"
TIME_ZONE = ENV.portal_time_zone
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "portal.lib.charts.PlotlyFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

if ENV.redis_url:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": ENV.redis_url,
            "KEY_PREFIX": "portal",
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

CELERY_BROKER_URL = ENV.redis_url or "folder://"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 6 * 3600, "socket_connect_timeout": 2, "socket_timeout": 5}
    if ENV.redis_url
    else {"root": str(DATA / "broker")}
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_DEFAULT_QUEUE = "jobs"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = 4
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "portal.jobs.beat:DatabaseScheduler"
CELERY_BEAT_ENABLE_REMOTE_CONTROL = False
CELERY_TIMEZONE = "UTC"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ENV.portal_https
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = ENV.portal_https
SECURE_SSL_REDIRECT = ENV.portal_https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.portal_https else None
SECURE_HSTS_SECONDS = 31536000 if ENV.portal_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = ENV.portal_https
SECURE_HSTS_PRELOAD = ENV.portal_https
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^health/"]
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

if ENV.email_url:
    _mail = urlsplit(ENV.email_url)
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = _mail.hostname or "localhost"
    EMAIL_PORT = _mail.port or 25
    EMAIL_HOST_USER = unquote(_mail.username or "")
    EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
    EMAIL_USE_TLS = _mail.scheme == "smtp+tls"
    EMAIL_USE_SSL = _mail.scheme == "smtps"
    EMAIL_TIMEOUT = 10
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
DEFAULT_FROM_EMAIL = ENV.email_from
