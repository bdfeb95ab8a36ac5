from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.tree import with_descendants, would_circle

PARENTS = {1: None, 2: 1, 3: 1, 4: 2, 5: None}


def test_teams_below_at_any_depth_are_found():
    assert with_descendants([1], PARENTS) == {1, 2, 3, 4}


def test_teams_above_and_beside_are_not():
    assert with_descendants([2], PARENTS) == {2, 4}


def test_nothing_is_below_nothing():
    assert with_descendants([], PARENTS) == frozenset()


def test_a_circle_of_parents_ends():
    assert with_descendants([1], {1: 2, 2: 1}) == {1, 2}


def test_a_team_below_its_own_descendant_would_be_a_circle():
    assert would_circle(1, 4, PARENTS)
    assert would_circle(1, 1, PARENTS)
    assert not would_circle(4, 5, PARENTS)


@given(st.dictionaries(st.integers(0, 12), st.none() | st.integers(0, 12)))
def test_found_teams_hold_all_their_children(parents):
    found = with_descendants([0], parents)

    assert 0 in found
    assert all(team in found for team, parent in parents.items() if parent in found)
