"""Folders, work trees and mirrors as places: what they hand out, and what not."""

import subprocess
from pathlib import Path

import pytest

from portal.catalog.importers.gather import gather
from portal.catalog.importers.mirrors import MirrorPlace, is_mirror
from portal.catalog.importers.places import FolderPlace, by_pattern, join, origin_of
from portal.catalog.importers.problems import Unreadable, WrongCall
from portal.catalog.importers.sources import place_of
from portal.catalog.models import SourceKind
from tests.portal.catalog.world import component, write


def folder(root: Path, **options: bool) -> FolderPlace:
    return FolderPlace(root, shown="here", **options)


def git(root: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=T", "-c", "user.email=t@example.com", *arguments]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


def make_mirror(root: Path) -> Path:
    """A bare repository with a catalogue file, a Location's target and a symbolic link."""
    work = root / "work"
    write(work, component("shop"))
    write(work, component("cart"), "apps/cart/catalog-info.yml")
    (work / "link.yaml").symlink_to("/etc/hostname")
    git(root, "init", "-q", "work")
    git(work, "add", "-A")
    git(work, "commit", "-qm", "Start")
    git(root, "clone", "-q", "--mirror", "work", "mirror.git")
    return root / "mirror.git"


def test_a_folder_gives_its_catalogue_files_at_any_depth(tmp_path: Path) -> None:
    write(tmp_path, component())
    write(tmp_path, component(), "b/a/catalog-info.yml")
    write(tmp_path, component(), "a/other.yaml")
    write(tmp_path, component(), "node_modules/x/catalog-info.yaml")
    write(tmp_path, component(), ".hidden/catalog-info.yaml")
    assert folder(tmp_path).start() == ["catalog-info.yaml", "b/a/catalog-info.yml"]


def test_a_folder_without_catalogue_files_gives_what_looks_like_entities(tmp_path: Path) -> None:
    write(tmp_path, component(), "teams/all.yaml")
    write(tmp_path, "apiVersion: apps/v1\nkind: Deployment\n", "deploy.yaml")
    write(tmp_path, "[not yaml", "broken.yml")
    assert folder(tmp_path).start() == ["teams/all.yaml"]
    assert len(folder(tmp_path, every=True).start()) == 3


def test_a_folder_with_skeletons_only_gives_what_looks_like_entities(tmp_path: Path) -> None:
    write(tmp_path, component("${{ values.name }}"), "skeleton/catalog-info.yaml")
    write(tmp_path, component(), "all.yaml")
    assert folder(tmp_path).start() == ["all.yaml", "skeleton/catalog-info.yaml"]


def test_a_file_gives_itself_and_may_be_named_anything(tmp_path: Path) -> None:
    write(tmp_path, component(), "whatever.txt")
    place = FolderPlace(tmp_path, shown="whatever.txt", only="whatever.txt")
    assert place.kind == SourceKind.FILE
    assert place.start() == ["whatever.txt"]
    assert place.show("whatever.txt") == "whatever.txt"


def test_nothing_outside_the_root_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("password: x")
    root = write(tmp_path / "root", component())
    (root / "link.yaml").symlink_to(secret)
    with pytest.raises(Unreadable, match="leads outside"):
        folder(root).read("link.yaml")
    with pytest.raises(Unreadable, match="leads outside"):
        folder(root).read("../secret.yaml")
    with pytest.raises(Unreadable, match="lies outside"):
        join("catalog-info.yaml", "../secret.yaml")
    with pytest.raises(Unreadable, match="lies outside"):
        join("a/catalog-info.yaml", "/etc/passwd")
    assert join("a/b/catalog-info.yaml", "../c.yaml") == "a/c.yaml"


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "catalog-info.yaml").mkdir()
    with pytest.raises(Unreadable, match="is no file"):
        folder(tmp_path).read("catalog-info.yaml")


def test_patterns_stay_inside_a_folder_unless_doubled() -> None:
    paths = ["a/x.yaml", "a/b/x.yaml", "x.yaml", "a/y.yml"]
    assert by_pattern(paths, "a/*.yaml") == ["a/x.yaml"]
    assert by_pattern(paths, "**/x.yaml") == ["a/b/x.yaml", "a/x.yaml", "x.yaml"]
    assert by_pattern(paths, "a/?.yml") == ["a/y.yml"]


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("https://github.com/acme/shop.git", "acme/shop"),
        ("git@github.com:acme/shop.git", "acme/shop"),
        ("ssh://git@github.com/acme/shop", "acme/shop"),
        ("https://elsewhere.example/acme/shop", ""),
        ("/srv/git/shop.git", ""),
    ],
)
def test_a_work_tree_knows_the_repository_it_came_from(tmp_path: Path, url: str, slug: str) -> None:
    write(tmp_path, f'[core]\n\tbare = false\n[remote "origin"]\n\turl = {url}\n', ".git/config")
    assert origin_of(tmp_path, {"github.com"}) == slug


def test_files_of_a_work_tree_lie_in_its_repository(tmp_path: Path) -> None:
    write(tmp_path, '[remote "origin"]\n\turl = git@github.com:acme/shop\n', ".git/config")
    write(tmp_path, component(), "apps/cart/catalog-info.yaml")
    place = FolderPlace(tmp_path, shown="shop", github_hosts={"github.com"})
    assert place.kind == SourceKind.CHECKOUT
    assert place.repository("apps/cart/catalog-info.yaml") == ("acme/shop", "apps/cart")


def test_a_mirror_is_read_at_head_without_following_links(tmp_path: Path) -> None:
    root = make_mirror(tmp_path)
    assert is_mirror(root)
    assert not is_mirror(tmp_path / "work")
    place = MirrorPlace(root, shown="shop.git")
    assert sorted(key for _, key in gather(place).entities) == ["cart", "shop"]
    with pytest.raises(Unreadable, match="does not exist at HEAD"):
        place.read("link.yaml")


def test_a_mirror_without_a_commit_says_so(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "empty.git")
    with pytest.raises(Unreadable, match="git can't read it"):
        MirrorPlace(tmp_path / "empty.git", shown="empty.git").start()


def test_sources_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path, component())
    assert place_of(str(tmp_path)).kind == SourceKind.FOLDER
    assert place_of(str(tmp_path / "catalog-info.yaml")).kind == SourceKind.FILE
    assert place_of(str(make_mirror(tmp_path))).kind == SourceKind.CHECKOUT
    assert place_of("https://example.com/catalog-info.yaml").kind == SourceKind.ADDRESS


@pytest.mark.parametrize("source", ["/no/such/place", "", "github:", "nothing\0"])
def test_a_source_that_is_none_is_a_wrong_call(source: str) -> None:
    with pytest.raises(WrongCall):
        place_of(source)


def test_github_without_a_sign_in_names_the_setting() -> None:
    with pytest.raises(WrongCall, match="GITHUB_TOKEN"):
        place_of("github:acme")
    with pytest.raises(WrongCall, match="GITHUB_TOKEN"):
        place_of("https://github.com/acme")
