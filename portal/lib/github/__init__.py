"""GitHub: a thin client on `portal.lib.http`. `docs/github.md` describes what it asks and costs."""

from portal.lib.github.auth import AppAuth, Auth, TokenAuth
from portal.lib.github.client import BATCH, GitHub, RepositoryAnswer, Rows, graphql_url
from portal.lib.github.connection import Connection
from portal.lib.github.errors import GitHubError, Paused, Refused, TooHeavy
from portal.lib.github.memory import LocalMemory, Memory, Page, Pause, Spent
from portal.lib.github.queries import Ask, Slug

__all__ = [
    "BATCH",
    "AppAuth",
    "Ask",
    "Auth",
    "Connection",
    "GitHub",
    "GitHubError",
    "LocalMemory",
    "Memory",
    "Page",
    "Pause",
    "Paused",
    "Refused",
    "RepositoryAnswer",
    "Rows",
    "Slug",
    "Spent",
    "TokenAuth",
    "TooHeavy",
    "graphql_url",
]
