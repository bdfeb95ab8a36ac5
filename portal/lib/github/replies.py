"""GitHub's answers as types. Lenient where GitHub is: its own examples break its own schema, so
whatever the portal can do without may be missing or null.
"""

from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from portal.lib.github.errors import GitHubError

M = TypeVar("M", bound=BaseModel)


def read(model: type[M], data: Any) -> M:
    """The data as `model`; raises `GitHubError` that names the first place that does not fit."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise GitHubError(
            f"GitHub answered with something unexpected at {place}: {first['msg']}."
        ) from error


def _without_nulls(value: object) -> object:
    if value is None:
        return []
    return [item for item in value if item is not None] if isinstance(value, list) else value


T = TypeVar("T")
Nodes = Annotated[list[T], BeforeValidator(_without_nulls)]


class Reply(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


class RateLimit(Reply):
    limit: int = 0
    cost: int = 1
    remaining: int
    reset_at: datetime


class GraphQLProblem(Reply):
    """One entry of `errors[]`. GitHub adds `type` to those it expects: NOT_FOUND, FORBIDDEN …"""

    message: str = ""
    type: str = ""
    path: Nodes[str | int] = []


class InstallationToken(BaseModel):
    token: str
    expires_at: datetime


# -- a repository's facts ---------------------------------------------------------------------


class Owner(Reply):
    typename: str = Field(default="", alias="__typename")
    login: str = ""


class License(Reply):
    spdx_id: str | None = None


class CodeownersError(Reply):
    kind: str = ""
    path: str = ""


class Codeowners(Reply):
    errors: Nodes[CodeownersError] = []


class Release(Reply):
    tag_name: str
    published_at: datetime | None = None
    created_at: datetime | None = None
    url: str = ""


class ProtectionRule(Reply):
    """Classic branch protection; only administrators are shown it."""

    requires_approving_reviews: bool = False
    required_approving_review_count: int | None = None
    requires_status_checks: bool = False
    requires_code_owner_reviews: bool = False
    allows_force_pushes: bool = False


class UpdateRule(Reply):
    """The part of classic branch protection that others are shown too."""

    required_approving_review_count: int | None = None
    required_status_check_contexts: Nodes[str] = []
    requires_code_owner_reviews: bool = False
    allows_force_pushes: bool = False


class RuleParameters(Reply):
    required_approving_review_count: int | None = None
    require_code_owner_review: bool = False


class Rule(Reply):
    """A rule of a ruleset that applies to the branch."""

    type: str
    parameters: RuleParameters | None = None


class Rules(Reply):
    nodes: Nodes[Rule] = []


class StatusContext(Reply):
    """A check run or a commit status, whichever it is."""

    typename: str = Field(default="", alias="__typename")
    name: str | None = None
    title: str | None = None
    summary: str | None = None
    details_url: str | None = None
    context: str | None = None
    description: str | None = None
    target_url: str | None = None


class StatusContexts(Reply):
    nodes: Nodes[StatusContext] = []


class Rollup(Reply):
    state: str
    contexts: StatusContexts | None = None


class Commit(Reply):
    oid: str = ""
    committed_date: datetime | None = None
    status_check_rollup: Rollup | None = None


class Branch(Reply):
    name: str
    branch_protection_rule: ProtectionRule | None = None
    ref_update_rule: UpdateRule | None = None
    rules: Rules | None = None
    target: Commit | None = None


class Vulnerability(Reply):
    severity: str = ""


class VulnerabilityAlert(Reply):
    created_at: datetime
    security_vulnerability: Vulnerability | None = None


class VulnerabilityAlerts(Reply):
    total_count: int = 0
    nodes: Nodes[VulnerabilityAlert] = []


class MergedPull(Reply):
    created_at: datetime
    merged_at: datetime
    review_decision: str | None = None
    author: Owner | None = None


class MergedPulls(Reply):
    nodes: Nodes[MergedPull] = []


class Count(Reply):
    total_count: int = 0


class DeploymentStatus(Reply):
    state: str
    created_at: datetime | None = None


class Deployment(Reply):
    environment: str | None = None
    created_at: datetime
    latest_status: DeploymentStatus | None = None


class Deployments(Reply):
    nodes: Nodes[Deployment] = []


class Document(Reply):
    url: str | None = None
    filename: str | None = None


class Facts(Reply):
    """The fragment `Facts`."""

    id: str
    name_with_owner: str
    url: str = ""
    is_archived: bool = False
    is_disabled: bool = False
    visibility: str = ""
    pushed_at: datetime | None = None
    owner: Owner | None = None
    has_vulnerability_alerts_enabled: bool | None = None
    is_security_policy_enabled: bool | None = None
    license_info: License | None = None
    contributing_guidelines: Document | None = None
    pull_request_templates: Nodes[Document] = []
    codeowners: Codeowners | None = None
    latest_release: Release | None = None
    default_branch_ref: Branch | None = None
    vulnerability_alerts: VulnerabilityAlerts | None = None
    merged: MergedPulls | None = None
    open: Count | None = None
    issues: Count | None = None
    deployments: Deployments | None = None


# -- a repository's files ---------------------------------------------------------------------


class TreeEntry(Reply):
    name: str
    type: str = "blob"
    size: int = 0
    object: "Tree | None" = None


class Tree(Reply):
    """A folder with one level of folders below it, as in the fragment `Folder`."""

    entries: Nodes[TreeEntry] = []

    def paths(self, prefix: str) -> dict[str, int]:
        """Size in bytes by path below `prefix`; a folder ends in a slash."""
        return _flat(prefix, self)


class Language(Reply):
    name: str


class LanguageEdge(Reply):
    size: int
    node: Language


class Languages(Reply):
    edges: Nodes[LanguageEdge] = []


class Listing(Reply):
    """The fragment `Listing`: two levels of folders, and those where workflows and actions lie."""

    languages: Languages | None = None
    tree: Tree | None = None
    workflows: Tree | None = None
    actions: Tree | None = None

    def paths(self) -> dict[str, int]:
        """Size in bytes by path; a folder ends in a slash."""
        found: dict[str, int] = {}
        for prefix, tree in (
            ("", self.tree),
            (".github/workflows/", self.workflows),
            (".github/actions/", self.actions),
        ):
            found |= _flat(prefix, tree)
        return found


def _flat(prefix: str, tree: Tree | None) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in tree.entries if tree else []:
        if entry.type == "tree":
            found[f"{prefix}{entry.name}/"] = 0
            found |= _flat(f"{prefix}{entry.name}/", entry.object)
        elif entry.type == "blob":
            found[f"{prefix}{entry.name}"] = entry.size
    return found


class Text(Reply):
    """The fragment `Text`. `text` is null for binary files."""

    byte_size: int = 0
    is_binary: bool | None = None
    is_truncated: bool = False
    text: str | None = None


# -- a repository's whole tree ----------------------------------------------------------------


class TreeItem(BaseModel):
    path: str
    mode: str
    type: str  # blob, tree or commit


class WholeTree(BaseModel):
    """Everything below a tree. Links are blobs of mode 120000, submodules are commits."""

    tree: list[TreeItem]
    truncated: bool = False

    def files(self) -> list[str]:
        return [item.path for item in self.tree if item.type == "blob" and item.mode != "120000"]


# -- lists ------------------------------------------------------------------------------------


class PageInfo(Reply):
    has_next_page: bool = False
    end_cursor: str | None = None


class ListedRepository(Reply):
    """A repository of an organisation or a person, as discovery sees it."""

    name_with_owner: str
    is_archived: bool = False
    is_fork: bool = False
    is_empty: bool = False
    visibility: str = ""
    pushed_at: datetime | None = None


class RepositoryPage(Reply):
    page_info: PageInfo = PageInfo()
    nodes: Nodes[ListedRepository] = []


class AlertRepository(BaseModel):
    full_name: str


class AlertAdvisory(BaseModel):
    severity: str | None = None


class AlertRule(BaseModel):
    severity: str | None = None
    security_severity_level: str | None = None


class Alert(BaseModel):
    """An open alert of an organisation's list: Dependabot, code scanning or secret scanning."""

    created_at: datetime
    repository: AlertRepository
    security_advisory: AlertAdvisory | None = None
    rule: AlertRule | None = None
