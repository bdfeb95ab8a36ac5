"""Alerts: vulnerabilities with the repository's facts, and the lists of its organisation.

GraphQL knows vulnerability alerts (the first 100 of a repository). Code and secret scanning, and
longer lists of vulnerabilities, come from lists of the whole organisation, each asked for by its
ETag: their cost does not depend on the number of repositories.
https://docs.github.com/en/rest/dependabot/alerts#list-dependabot-alerts-for-an-organization
https://docs.github.com/en/rest/code-scanning/code-scanning#list-code-scanning-alerts-for-an-organization
https://docs.github.com/en/rest/secret-scanning/secret-scanning#list-secret-scanning-alerts-for-an-organization
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from portal.lib.github import GitHub, GitHubError, Paused, RepositoryAnswer
from portal.lib.github.replies import Alert, Facts
from scorecards.sources.base import FactValue, Measured, Reading, Unmeasured

SEVERITIES = ("critical", "high", "moderate", "low")
COUNTED = (
    "vulnerabilities_open",
    *(f"vulnerabilities_{severity}" for severity in SEVERITIES),
    "oldest_critical_days",
    "oldest_high_days",
)
_MEDIUM = {"medium": "moderate"}  # REST says medium where GraphQL says moderate

Row = list[str]
"""Repository (lower-cased owner/name), severity, when it was opened."""


@dataclass(frozen=True)
class AlertList:
    """One kind of list: its name in the address, in words, and how an alert becomes a row."""

    slug: str
    words: str
    row: Callable[[Any], Row | None]
    params: Mapping[str, str] = field(default_factory=dict)


def _row(severity_of: Callable[[Alert], str | None]) -> Callable[[Any], Row | None]:
    def row(item: Any) -> Row | None:
        try:
            alert = Alert.model_validate(item)
        except ValidationError:
            return None  # one odd alert does not take the list along
        severity = (severity_of(alert) or "").lower()
        return [
            alert.repository.full_name.lower(),
            _MEDIUM.get(severity, severity),
            alert.created_at.isoformat(),
        ]

    return row


DEPENDABOT = AlertList(
    "dependabot",
    "Dependabot",
    _row(lambda alert: alert.security_advisory.severity if alert.security_advisory else None),
)
CODE_SCANNING = AlertList(
    "code-scanning",
    "code scanning",
    _row(lambda alert: alert.rule.security_severity_level if alert.rule else None),
)
# The secrets themselves stay at GitHub.
SECRET_SCANNING = AlertList(
    "secret-scanning", "secret scanning", _row(lambda alert: None), {"hide_secret": "true"}
)


def list_path(owner: str, kind: str) -> str:
    return f"/orgs/{quote(owner, safe='')}/{kind}/alerts"


class Unlisted(Exception):
    """The list can't be had; `is_passing` where it may be next time."""

    def __init__(self, message: str, *, is_passing: bool) -> None:
        super().__init__(message)
        self.message = message
        self.is_passing = is_passing


class AlertLists:
    """The lists of every organisation met in one run, each asked for once."""

    def __init__(
        self, github: GitHub, *, fresh_since: datetime | None, note: Callable[[str], None]
    ) -> None:
        self._github = github
        self._fresh_since = fresh_since
        self._note = note
        self._known: dict[tuple[str, str], dict[str, list[Row]] | Unlisted] = {}
        self._seen_at: dict[tuple[str, str], datetime] = {}

    def of(self, kind: AlertList, repository: str) -> tuple[list[Row], datetime]:
        """The open alerts of a repository, and when they were so; raises `Unlisted`."""
        owner = repository.partition("/")[0].lower()
        key = (kind.slug, owner)
        if key not in self._known:
            self._known[key] = self._load(kind, owner)
        known = self._known[key]
        if isinstance(known, Unlisted):
            raise known
        return known.get(repository.lower(), []), self._seen_at[key]

    def _load(self, kind: AlertList, owner: str) -> dict[str, list[Row]] | Unlisted:
        try:
            rows = self._github.rows(
                list_path(owner, kind.slug),
                row=kind.row,
                params={"state": "open", **kind.params},
                fresh_since=self._fresh_since,
            )
        except GitHubError as error:
            return _unlisted(kind, owner, error)
        if rows.is_cut or rows.seen_at is None:
            self._note(f"{owner} has more {kind.words} alerts than are read; no count is given.")
            return Unlisted(f"{owner} has too many {kind.words} alerts", is_passing=False)
        found: dict[str, list[Row]] = {}
        for row in rows.rows:
            found.setdefault(row[0], []).append(row)
        self._seen_at[kind.slug, owner] = rows.seen_at
        return found


def _unlisted(kind: AlertList, owner: str, error: GitHubError) -> Unlisted:
    status = getattr(error, "status", 0)
    if status == 404:
        why = (
            f"{kind.words} is off for {owner}, {owner} is no organisation, or it is hidden from us"
        )
        return Unlisted(why, is_passing=False)
    if status == 403:
        why = f"the portal's sign-in may not read the {kind.words} alerts of {owner}"
        return Unlisted(why, is_passing=False)
    if isinstance(error, Paused):  # its end moves from one pause to the next; reasons must not
        return Unlisted(f"GitHub's pause left the {kind.words} alerts unread", is_passing=True)
    return Unlisted(error.message, is_passing=True)


class AlertReader:
    """Reads the alerts of one repository into `alerts.*`."""

    def __init__(
        self, answer: RepositoryAnswer, facts: Facts, lists: AlertLists, now: datetime
    ) -> None:
        self.answer = answer
        self.facts = facts
        self.lists = lists
        self.now = now
        self.found: dict[str, Reading] = {}
        self.passing: set[str] = set()  # facts that may be measurable again next time

    def read(self) -> dict[str, Reading]:
        self._vulnerabilities()
        self._list(CODE_SCANNING, "code_open", "code_critical", "code_high")
        self._list(SECRET_SCANNING, "secrets_open")
        return self.found

    def _put(self, name: str, value: FactValue, at: datetime, url: str, words: str = "") -> None:
        self.found[f"alerts.{name}"] = Measured(
            value=value, measured_at=at, evidence=words, url=url
        )

    def _unmeasured(self, why: str, names: Iterable[str], *, is_passing: bool = False) -> None:
        for name in names:
            self.found[f"alerts.{name}"] = Unmeasured(error=why, measured_at=self.now)
            if is_passing:
                self.passing.add(f"alerts.{name}")

    def _vulnerabilities(self) -> None:
        url = f"{self.facts.url}/security/dependabot"
        enabled = self.facts.has_vulnerability_alerts_enabled
        if enabled is not None:
            self._put("vulnerability_alerts_enabled", enabled, self.now, url)
        alerts = self.facts.vulnerability_alerts
        if enabled is False:
            self._unmeasured("vulnerability alerts are switched off here", COUNTED)
            return
        if alerts is not None and len(alerts.nodes) >= alerts.total_count:
            opened = [
                (
                    alert.security_vulnerability.severity.lower()
                    if alert.security_vulnerability
                    else "",
                    alert.created_at,
                )
                for alert in alerts.nodes
            ]
            self._count(opened, self.now, url)
            return
        try:
            rows, at = self.lists.of(DEPENDABOT, self.facts.name_with_owner)
        except Unlisted as error:
            said = self.answer.problem_at("vulnerabilityAlerts")
            why = f"GitHub does not say: {said}" if said else error.message
            self._unmeasured(why, COUNTED, is_passing=error.is_passing)
            if alerts is not None:
                self._put("vulnerabilities_open", alerts.total_count, self.now, url)
            return
        self._count([(row[1], datetime.fromisoformat(row[2])) for row in rows], at, url)

    def _count(self, opened: list[tuple[str, datetime]], at: datetime, url: str) -> None:
        self._put("vulnerabilities_open", len(opened), at, url)
        for severity in SEVERITIES:
            dates = [date for level, date in opened if level == severity]
            self._put(f"vulnerabilities_{severity}", len(dates), at, url)
            if severity in ("critical", "high"):
                days = (self.now - min(dates)).days if dates else 0
                words = f"since {min(dates):%Y-%m-%d}" if dates else "none open"
                self._put(f"oldest_{severity}_days", max(days, 0), at, url, words)

    def _list(self, kind: AlertList, total: str, *by_severity: str) -> None:
        url = f"{self.facts.url}/security/{kind.slug}"
        if self.facts.owner is not None and self.facts.owner.typename == "User":
            why = f"GitHub lists {kind.words} alerts for organisations only"
            self._unmeasured(why, (total, *by_severity))
            return
        try:
            rows, at = self.lists.of(kind, self.facts.name_with_owner)
        except Unlisted as error:
            self._unmeasured(error.message, (total, *by_severity), is_passing=error.is_passing)
            return
        words = "open in the organisation's list"
        self._put(total, len(rows), at, url, words)
        for name in by_severity:
            severity = name.rpartition("_")[2]
            self._put(name, sum(row[1] == severity for row in rows), at, url, words)


def kept(facts: Mapping[str, Mapping[str, Any]], names: Iterable[str]) -> dict[str, Reading]:
    """Readings as a snapshot remembers them, with the moments they were measured at."""
    found: dict[str, Reading] = {}
    for name in names:
        fact = facts.get(name)
        if fact is None:
            continue
        at = datetime.fromisoformat(str(fact["measured_at"]))
        if "error" in fact:
            found[name] = Unmeasured(error=str(fact["error"]), measured_at=at)
        elif "value" in fact:
            found[name] = Measured(
                value=fact["value"],
                measured_at=at,
                evidence=str(fact.get("evidence", "")),
                url=str(fact.get("url", "")),
            )
    return found
