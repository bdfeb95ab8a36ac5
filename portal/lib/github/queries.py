"""The portal's GraphQL queries. A test validates each against GitHub's published schema.

Cost: GitHub counts one request for every connection of every parent and divides by 100
(https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api).
`FACTS` has 7 connections, so 50 repositories cost 4 points; `LISTING` has 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

RATE_LIMIT = "rateLimit{limit cost remaining resetAt}"

FACTS = """
fragment Facts on Repository {
  id nameWithOwner url isArchived isDisabled visibility pushedAt
  owner { __typename login }
  hasVulnerabilityAlertsEnabled isSecurityPolicyEnabled
  licenseInfo { spdxId }
  contributingGuidelines { url }
  pullRequestTemplates { filename }
  codeowners(refName: "HEAD") { errors { kind path } }
  latestRelease { tagName publishedAt createdAt url }
  defaultBranchRef {
    name
    branchProtectionRule {
      requiresApprovingReviews requiredApprovingReviewCount requiresStatusChecks
      requiresCodeOwnerReviews allowsForcePushes
    }
    refUpdateRule {
      requiredApprovingReviewCount requiredStatusCheckContexts requiresCodeOwnerReviews
      allowsForcePushes
    }
    rules(first: 30) {
      nodes {
        type
        parameters {
          ... on PullRequestParameters { requiredApprovingReviewCount requireCodeOwnerReview }
        }
      }
    }
    target {
      ... on Commit {
        oid committedDate
        statusCheckRollup {
          state
          contexts(first: 50) {
            nodes {
              __typename
              ... on CheckRun { name title summary detailsUrl }
              ... on StatusContext { context description targetUrl }
            }
          }
        }
      }
    }
  }
  vulnerabilityAlerts(first: 100, states: [OPEN]) {
    totalCount
    nodes { createdAt securityVulnerability { severity } }
  }
  merged: pullRequests(
    states: [MERGED], first: 50, orderBy: {field: UPDATED_AT, direction: DESC}
  ) {
    nodes { createdAt mergedAt reviewDecision author { __typename login } }
  }
  open: pullRequests(states: [OPEN]) { totalCount }
  issues(states: [OPEN]) { totalCount }
  deployments(first: 50, orderBy: {field: CREATED_AT, direction: DESC}) {
    nodes { environment createdAt latestStatus { state createdAt } }
  }
}
"""

LISTING = """
fragment Listing on Repository {
  languages(first: 25, orderBy: {field: SIZE, direction: DESC}) { edges { size node { name } } }
  tree: object(expression: "HEAD:") {
    ... on Tree {
      entries { name type size object { ... on Tree { entries { name type size } } } }
    }
  }
  workflows: object(expression: "HEAD:.github/workflows") {
    ... on Tree { entries { name type size } }
  }
  actions: object(expression: "HEAD:.github/actions") {
    ... on Tree {
      entries { name type size object { ... on Tree { entries { name type size } } } }
    }
  }
}
"""

FOLDER = """
fragment Folder on Tree {
  entries { name type size object { ... on Tree { entries { name type size } } } }
}
"""

REPOSITORIES = f"""
query Repositories($login: String!, $after: String) {{
  {RATE_LIMIT}
  repositoryOwner(login: $login) {{
    repositories(
      first: 100, after: $after, ownerAffiliations: [OWNER],
      orderBy: {{field: NAME, direction: ASC}}
    ) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{
        nameWithOwner isArchived isFork isEmpty visibility pushedAt
      }}
    }}
  }}
}}
"""


@dataclass(frozen=True, order=True)
class Slug:
    """A repository's address: owner and name. Compared as written; GitHub ignores case."""

    owner: str
    name: str

    @classmethod
    def parse(cls, text: str) -> "Slug":
        """Raises ValueError where the text is not `owner/name`."""
        owner, slash, name = text.strip().partition("/")
        if not slash or not owner or not name or "/" in name:
            raise ValueError(f"{text!r} names no repository as owner/name")
        return cls(owner, name.removesuffix(".git"))

    @property
    def key(self) -> str:
        return str(self).lower()

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True)
class Query:
    text: str
    variables: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """What to ask about one repository: fragments by name, texts of files by path, and what lies
    in folders, by path without a slash at the end.

    `ref` is the branch, tag or commit of files and folders; fragments are always about the default
    branch.
    """

    slug: Slug
    fragments: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    ref: str = "HEAD"


_FRAGMENTS = {"Facts": FACTS, "Listing": LISTING}


def repositories(name: str, asks: Sequence[Ask]) -> Query:
    """One query about many repositories: `r0`, `r1` … in the order of `asks`, and in each the
    files `t0`, `t1` … in the order of its paths and the folders `d0`, `d1` … in theirs. Everything
    from outside goes in as a variable.
    """
    declared: list[str] = []
    variables: dict[str, object] = {}
    parts: list[str] = []
    for i, ask in enumerate(asks):
        declared += [f"$o{i}:String!", f"$n{i}:String!"]
        variables |= {f"o{i}": ask.slug.owner, f"n{i}": ask.slug.name}
        inside = ["id nameWithOwner", *(f"...{fragment}" for fragment in ask.fragments)]
        for j, path in enumerate(ask.paths):
            declared.append(f"$p{i}_{j}:String!")
            variables[f"p{i}_{j}"] = f"{ask.ref}:{path}"
            inside.append(f"t{j}:object(expression:$p{i}_{j}){{...Text}}")
        for j, folder in enumerate(ask.folders):
            declared.append(f"$d{i}_{j}:String!")
            variables[f"d{i}_{j}"] = f"{ask.ref}:{folder}"
            inside.append(f"d{j}:object(expression:$d{i}_{j}){{...Folder}}")
        parts.append(f"r{i}:repository(owner:$o{i},name:$n{i}){{{' '.join(inside)}}}")
    used = sorted({fragment for ask in asks for fragment in ask.fragments})
    fragments = [_FRAGMENTS[fragment] for fragment in used]
    if any(ask.paths for ask in asks):
        fragments.append("fragment Text on Blob { byteSize isBinary isTruncated text }")
    if any(ask.folders for ask in asks):
        fragments.append(FOLDER)
    text = f"query {name}({','.join(declared)}){{{RATE_LIMIT} {' '.join(parts)}}}"
    return Query("\n".join([text, *fragments]), variables)
