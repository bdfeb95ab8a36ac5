"""Which technologies a service uses: its components held against the matching table. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import translate

from radar.components import IMAGE, PACKAGE, Component
from radar.versions import fits

MOST_EVIDENCE = 8  # components kept of one technology
_GLOB = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Sign:
    """A row of the matching table. `ecosystem` empty: all of them."""

    technology_id: int
    kind: str
    ecosystem: str
    name: str
    version: str = ""


@dataclass
class _Group:
    """The signs of one kind and ecosystem: by exact name, and those that must be tried."""

    exact: dict[str, list[Sign]] = field(default_factory=dict)
    globs: list[tuple[re.Pattern[str], Sign]] = field(default_factory=list)

    def add(self, sign: Sign, name: str) -> None:
        if _GLOB.intersection(name):
            self.globs.append((re.compile(translate(name)), sign))
        else:
            self.exact.setdefault(name, []).append(sign)

    def find(self, names: Sequence[str]) -> Iterable[Sign]:
        for name in names:
            yield from self.exact.get(name, ())
        for pattern, sign in self.globs:
            if any(pattern.match(name) for name in names):
                yield sign


class Table:
    """The matching table, indexed. A component's candidates are looked up once for all services,
    for most services are made of the same few thousand."""

    def __init__(self, signs: Iterable[Sign]) -> None:
        self._groups: dict[tuple[str, str], _Group] = {}
        self._known: dict[tuple[str, str, str], tuple[Sign, ...]] = {}
        for sign in signs:
            group = self._groups.setdefault((sign.kind, sign.ecosystem), _Group())
            group.add(sign, plain_name(sign.kind, sign.ecosystem, sign.name))

    def matches(self, components: Iterable[Component]) -> dict[int, list[Component]]:
        """The technologies by their ids, each with the components that show it."""
        found: dict[int, list[Component]] = {}
        for component in components:
            for sign in self._candidates(component):
                shown = found.get(sign.technology_id)
                if shown is not None and (len(shown) >= MOST_EVIDENCE or component in shown):
                    continue
                if fits(component.version, sign.version):
                    found.setdefault(sign.technology_id, []).append(component)
        return found

    def _candidates(self, component: Component) -> tuple[Sign, ...]:
        key = (component.kind, component.ecosystem, component.name)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = tuple(self._find(*key))
        return known

    def _find(self, kind: str, ecosystem: str, name: str) -> Iterable[Sign]:
        names = [plain_name(kind, ecosystem, name)]
        if kind == IMAGE and "/" in names[0]:
            names.append(names[0].rpartition("/")[2])  # a copy of an image in another registry
        for key in dict.fromkeys(((kind, ecosystem), (kind, ""))):
            group = self._groups.get(key)
            if group is not None:
                yield from group.find(names)


def plain_name(kind: str, ecosystem: str, name: str) -> str:
    """What two spellings of one name share, in its ecosystem."""
    name = name.strip().lower()
    if kind != PACKAGE:
        return name
    if ecosystem == "pypi":
        return re.sub(r"[-_.]+", "-", name)
    return name.replace(":", "/") if ecosystem == "maven" else name
