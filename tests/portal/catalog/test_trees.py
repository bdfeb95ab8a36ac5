"""Trees of teams and domains: who counts as parent, and what would close a cycle."""

from portal.catalog.importers.trees import Tree, by_level


def test_the_childs_own_word_counts_first() -> None:
    tree = Tree()
    tree.add("a", [("parentOf", "c")])
    tree.add("b", [("parentOf", "c")])
    assert tree.parent("c") == "a"
    tree.add("c", [("childOf", "b")])
    assert tree.parent("c") == "b"
    assert tree.parent("a") == ""


def test_a_cycle_is_answered_and_not_taken() -> None:
    tree = Tree()
    assert tree.add_without_cycle("a", [("childOf", "b")]) == []
    assert tree.add_without_cycle("b", [("childOf", "c")]) == []
    assert tree.add_without_cycle("c", [("childOf", "a")]) == ["c", "a", "b"]
    assert tree.parent("c") == ""


def test_listing_an_ancestor_as_a_child_closes_a_cycle_too() -> None:
    tree = Tree()
    tree.add("a", [("childOf", "b")])
    tree.add("b", [])
    assert tree.add_without_cycle("a", [("childOf", "b"), ("parentOf", "b")]) != []


def test_nobody_is_their_own_parent() -> None:
    assert Tree().add_without_cycle("a", [("childOf", "a")]) == ["a"]


def test_levels_put_parents_before_their_children() -> None:
    parents = {"c": "b", "b": "a", "a": "", "x": "elsewhere"}
    assert by_level(["c", "b", "a", "x"], parents) == [["a", "x"], ["b"], ["c"]]
