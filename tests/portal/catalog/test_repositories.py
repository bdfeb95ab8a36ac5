"""Patterns in repositories on GitHub, relative and as addresses."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from portal.catalog.importers import repositories
from portal.catalog.importers.gather import Gathered, gather
from portal.catalog.importers.places import FolderPlace, Place
from portal.catalog.importers.problems import Unreadable
from portal.catalog.importers.remote import Addresses, AddressPlace, GitHubPlace
from portal.catalog.importers.repositories import RepositoryFiles, Tree
from portal.catalog.importers.run import import_place
from portal.catalog.models import Service
from portal.lib.github import LocalMemory, Slug
from portal.lib.guard import AddressGuard
from tests.github_double import Double, World, repository
from tests.github_double.clients import client
from tests.github_double.server import Reply
from tests.portal.catalog.world import BY, NOW, component, entity, write

pytestmark = pytest.mark.django_db
ADDRESS = "https://github.com/acme/mono/blob/main/services/*/catalog-info.yaml"
MONO = Tree(Slug("acme", "mono"))


def files(**more: str) -> dict[str, str]:
    """A monorepo: two services, and what no pattern finds."""
    return {
        "catalog-info.yaml": entity("Location", "all", target="./services/*/catalog-info.yaml"),
        "services/cart/catalog-info.yaml": component("cart"),
        "services/pay/catalog-info.yaml": component("pay"),
        "services/pay/deep/catalog-info.yaml": component("deep"),
        "services/.hidden/catalog-info.yaml": component("hidden"),
        "services/node_modules/catalog-info.yaml": component("module"),
        "services/link/catalog-info.yaml": component("link"),
        "services/pay/main.py": "print()",
    } | more


@pytest.fixture
def double() -> Iterator[Double]:
    mono = repository("acme/mono", files=files(), links=["services/link/catalog-info.yaml"])
    with Double(World([mono])) as double:
        yield double
        assert double.violations == []


def mono(double: Double) -> dict[str, Any]:
    return double.world.repositories["acme/mono"]


def reader(double: Double, memory: LocalMemory | None = None) -> RepositoryFiles:
    return RepositoryFiles(partial(client, double, memory=memory))


def gathered(double: Double, place: Place) -> Gathered:
    addresses = Addresses(AddressGuard(), github_hosts={"github.com"}, repositories=reader(double))
    return gather(place, fetch=addresses)


def in_organisation(double: Double) -> GitHubPlace:
    return GitHubPlace(partial(client, double), "acme")


def services(found: Gathered) -> list[str]:
    return sorted(key for kind, key in found.entities if kind == "component")


def test_a_relative_pattern_is_followed_with_three_questions(double: Double) -> None:
    found = gather(in_organisation(double))
    assert services(found) == ["cart", "pay"]
    assert found.problems == []
    assert found.is_complete
    assert found.entities["component", "pay"].repository == ("acme/mono", "services/pay")
    assert double.count() == 3  # the list, the files at the roots, and those of the pattern
    assert double.spent_on_lists == 1


def test_the_address_that_backstage_knows_is_followed(double: Double, tmp_path: Path) -> None:
    text = entity("Location", "l", type="url", target=ADDRESS)
    found = gathered(double, FolderPlace(write(tmp_path, text), shown="here"))
    assert services(found) == ["cart", "pay"]
    pay = found.entities["component", "pay"]
    assert pay.file == "https://github.com/acme/mono/blob/main/services/pay/catalog-info.yaml"
    assert pay.repository == ("acme/mono", "services/pay")
    assert double.count() == 1


def test_a_pattern_can_be_the_source_itself(double: Double) -> None:
    assert services(gathered(double, AddressPlace(ADDRESS))) == ["cart", "pay"]


def test_two_stars_find_what_lies_deeper(double: Double) -> None:
    address = ADDRESS.replace("services/*", "services/**")
    assert services(gathered(double, AddressPlace(address))) == ["cart", "deep", "pay"]


def test_the_branch_of_an_address_is_read(double: Double) -> None:
    mono(double)["branches"] = {"v 2": {"services/new/catalog-info.yaml": component("new")}}
    address = ADDRESS.replace("/main/", "/v%202/")
    assert services(gathered(double, AddressPlace(address))) == ["new"]


def test_what_a_found_file_names_beside_it_is_read_the_same_way(double: Double) -> None:
    mono(double)["files"]["services/pay/catalog-info.yaml"] = entity(
        "Location", "pay", target="./parts/more.yaml"
    )
    mono(double)["files"]["services/pay/parts/more.yaml"] = component("part")
    assert services(gathered(double, AddressPlace(ADDRESS))) == ["cart", "part"]


def test_a_tree_that_github_cuts_off_is_said_and_takes_nothing_away(double: Double) -> None:
    import_place(in_organisation(double), by=BY, now=NOW)
    mono(double)["mostListed"] = 3
    result = import_place(in_organisation(double), by=BY, now=NOW)
    (problem,) = result.problems
    assert problem.rule == "location"
    assert "acme/mono has more files than GitHub lists at once" in problem.message
    assert "import a checkout" in problem.message
    assert Service.objects.filter(vanished_at=None).count() == 2


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("../*/catalog-info.yaml", "acme/*/catalog-info.yaml names no file in a repository"),
        ("./nothing/*.yaml", "no file matches"),
    ],
)
def test_a_pattern_that_finds_nothing_is_said(double: Double, target: str, words: str) -> None:
    mono(double)["files"]["catalog-info.yaml"] = entity("Location", "all", target=target)
    (problem,) = gather(in_organisation(double)).problems
    assert words in problem.message


def test_a_repository_that_cannot_be_listed_is_said(double: Double) -> None:
    with pytest.raises(Unreadable, match="files of acme/none can't be listed: GitHub answered 404"):
        reader(double).match(Tree(Slug("acme", "none")), "*.yaml")
    with pytest.raises(Unreadable, match="acme/mono can't be listed"):
        reader(double).match(Tree(MONO.slug, "no-such-branch"), "*.yaml")


@pytest.mark.parametrize(
    ("repositories_", "words"),
    [(False, "only where GitHub is connected: set GITHUB_TOKEN"), (True, "of github.com only")],
)
def test_patterns_elsewhere_are_refused_with_the_reason(
    double: Double, repositories_: bool, words: str
) -> None:
    addresses = Addresses(
        AddressGuard(),
        github_hosts={"github.com"},
        repositories=reader(double) if repositories_ else None,
    )
    address = ADDRESS.replace("github.com", "example.com") if repositories_ else ADDRESS
    with pytest.raises(Unreadable, match=words):
        addresses.match(address)


def test_an_unchanged_tree_is_asked_for_by_its_etag(double: Double) -> None:
    memory = LocalMemory()
    found = [reader(double, memory).match(MONO, "services/*/catalog-info.yaml") for _ in range(2)]
    assert found[0] == found[1] != []
    assert [call.status for call in double.calls] == [200, 304]


def test_many_found_files_are_read_fifty_a_question(double: Double) -> None:
    mono(double)["files"] |= {f"many/{n:03}/c.yaml": component(f"s{n}") for n in range(120)}
    files = reader(double)
    paths = files.match(MONO, "many/*/c.yaml")
    assert [files.read(MONO, path) for path in paths] == [
        component(f"s{n}").encode() for n in range(120)
    ]
    assert double.count("ReadFiles") == 3


def test_what_is_too_much_at_once_is_read_alone(double: Double) -> None:
    files = reader(double)
    first, second = files.match(MONO, "services/*/catalog-info.yaml")
    double.next.extend([Reply(502, {}, {})] * 3)
    assert files.read(MONO, first) == component("cart").encode()
    assert files.read(MONO, second) == component("pay").encode()


def test_a_file_that_is_gone_or_no_text_is_said(double: Double) -> None:
    mono(double)["files"]["services/pay/catalog-info.yaml"] = "binary \0"
    files = reader(double)
    files.match(MONO, "services/*/catalog-info.yaml")
    with pytest.raises(Unreadable, match=r"pay/catalog-info\.yaml is no text"):
        files.read(MONO, "services/pay/catalog-info.yaml")
    with pytest.raises(Unreadable, match=r"none\.yaml does not exist"):
        files.read(MONO, "none.yaml")


def test_listing_is_bounded(double: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = "/".join(["x"] * (repositories.MOST_DEEP + 1)) + "/c.yaml"
    mono(double)["files"][deep] = component("deepest")
    assert deep not in reader(double).match(MONO, "**/c*.yaml")
    monkeypatch.setattr(repositories, "MOST_FILES", 2)
    with pytest.raises(Unreadable, match="more than 2 YAML files"):
        reader(double).match(MONO, "*.yaml")
    monkeypatch.setattr(repositories, "MOST_TREES", 0)
    with pytest.raises(Unreadable, match="at most 0 repositories"):
        reader(double).match(MONO, "*.yaml")
