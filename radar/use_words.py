"""Evidence of a use in words. Pure."""

from collections.abc import Mapping, Sequence

_KINDS = {
    "language": "language",
    "tag": "tag",
    "helm": "chart",
    "terraform": "provider",
    "image": "image",
}


def words(evidence: Sequence[Mapping[str, str]]) -> str:
    """The first piece: "package.json: react 18.2.0", "Dockerfile: postgres 16", "tag kafka"."""
    return piece(evidence[0]) if evidence else ""


def piece(one: Mapping[str, str]) -> str:
    name, version, where = one.get("name", ""), one.get("version", ""), one.get("where", "")
    if where.endswith(name) or one.get("ecosystem") == "kubernetes":
        return where
    named = f"{name} {version}".strip()
    if where:
        return f"{where}: {named}"
    kind = _KINDS.get(one.get("kind", ""), "")
    return f"{kind} {named}" if kind else named


def more_words(evidence: Sequence[Mapping[str, str]]) -> str:
    """ "and 2 more", where there is more than one piece."""
    return f"and {len(evidence) - 1} more" if len(evidence) > 1 else ""
