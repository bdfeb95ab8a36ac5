"""What a service is made of, from its facts: languages, packages, images and the like. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scorecards.sources.stack_files import (
    CHARTS,
    IMAGES,
    PACKAGES,
    PROVIDERS,
    is_kubernetes,
    kind_by_name,
)

LANGUAGE, PACKAGE, IMAGE, TERRAFORM, HELM, TAG = (
    *("language", "package", "image", "terraform", "helm", "tag"),
)  # the values of PatternKind
SMALLEST_SHARE = 0.05  # of all bytes, from which a language counts

FACTS = (
    "repo.languages",
    "repo.ci_workflows",
    f"stack.{PACKAGES}",
    f"stack.{IMAGES}",
    f"stack.{PROVIDERS}",
    f"stack.{CHARTS}",
)
FILES = "stack.files"
TAGS = "service.tags"
WORKFLOWS = ".github/workflows/"
_KINDS = {PACKAGES: PACKAGE, IMAGES: IMAGE, PROVIDERS: TERRAFORM, CHARTS: HELM}


@dataclass(frozen=True, slots=True)
class Component:
    """One sign. `fact` is where it comes from; `where` the path of a file, where there is one."""

    kind: str
    ecosystem: str
    name: str
    version: str = ""
    where: str = ""
    fact: str = ""


def components_of(values: Mapping[str, Any], tags: Sequence[str]) -> list[Component]:
    """All components; `values` holds what is known of `FACTS` and `FILES`."""
    found = list(_languages(values.get("repo.languages")))
    for name in values.get("repo.ci_workflows") or ():
        path = f"{WORKFLOWS}{name}"
        found.append(Component(PACKAGE, "githubactions", str(name), "", path, "repo.ci_workflows"))
    places = _places(values.get(FILES))
    for subject, kind in _KINDS.items():
        fact = f"stack.{subject}"
        written = values.get(fact)
        if isinstance(written, list):
            found += _of_stack(written, kind, fact, places.get(subject, []))
    found += (Component(TAG, "", str(tag), fact=TAGS) for tag in tags)
    return found


def known_facts(values: Mapping[str, Any]) -> frozenset[str]:
    """Which of the facts that components come from are known; tags always are."""
    return frozenset((*(fact for fact in FACTS if fact in values), TAGS))


def _languages(sizes: object) -> Iterator[Component]:
    if not isinstance(sizes, Mapping):
        return
    total = sum(sizes.values())
    for name, size in sizes.items():
        if total and size / total >= SMALLEST_SHARE:
            yield Component(LANGUAGE, "", str(name), fact="repo.languages")


def _places(files: object) -> dict[str, list[str]]:
    """The path of each entry of each list fact: the lists go by path, and `files` counts them."""
    found: dict[str, list[str]] = {}
    for path, count in sorted(files.items()) if isinstance(files, Mapping) else ():
        found.setdefault(_subject_of(path), []).extend([path] * int(count))
    return found


@lru_cache(maxsize=32_768)
def _subject_of(path: str) -> str:
    kind = kind_by_name(path)
    return kind.subject if kind is not None else ""


def _of_stack(
    written: Iterable[object], kind: str, fact: str, places: Sequence[str]
) -> Iterator[Component]:
    has_manifest = False
    for index, text in enumerate(written):
        where = places[index] if index < len(places) else ""
        ecosystem, name, version = split(kind, str(text))
        yield Component(kind, ecosystem, name, version, where, fact)
        if kind == IMAGE and not has_manifest and is_kubernetes(where):
            has_manifest = True
            yield Component(PACKAGE, "kubernetes", "manifest", "", where, fact)


def split(kind: str, text: str) -> tuple[str, str, str]:
    """Ecosystem, name and version of an entry as the facts `stack.*` write it."""
    if kind == IMAGE:
        name, _, _digest = text.partition("@")
        folder, slash, last = name.rpartition("/")
        last, _, tag = last.partition(":")
        return "", f"{folder}{slash}{last}", tag
    ecosystem = ""
    if kind == PACKAGE:
        ecosystem, _, text = text.partition("/")
    at = text.find("@", max(text.rfind("/"), 0) + 1)
    return (ecosystem, text[:at], text[at + 1 :]) if at > 0 else (ecosystem, text, "")
