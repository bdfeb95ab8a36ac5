from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.tree import with_descendants

PARENTS = {1: None, 2: 1, 3: 1, 4: 2, 5: None}


def test_teams_below_at_any_depth_are_found():
    assert with_descendants([1], PARENTS) == {1, 2, 3, 4}


def test_teams_above_and_beside_are_not():
    assert with_descendants([2], PARENTS) == {2, 4}


def test_nothing_is_below_nothing():
    assert with_descendants([], PARENTS) == frozenset()


def test_a_circle_of_parents_ends():
    assert with_descendants([1], {1: 2, 2: 1}) == {1, 2}


@given(st.dictionaries(st.integers(0, 12), st.none() | st.integers(0, 12)))
def test_found_teams_hold_all_their_children(parents):
    found = with_descendants([0], parents)

    assert 0 in found
    assert all(team in found for team, parent in parents.items() if parent in found)
