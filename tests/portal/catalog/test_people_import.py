"""Groups and users: teams, their tree, people, and who is in what."""

from pathlib import Path

import pytest
from django.utils import timezone

from portal.accounts.models import Membership, Person, Role, Team
from tests.factories import make_person, make_team
from tests.portal.catalog.world import documents, group, rules_of, take, user, write

pytestmark = pytest.mark.django_db


def members(team: str) -> list[str]:
    return sorted(Membership.objects.filter(team__key=team).values_list("person__key", flat=True))


def parent_of(team: str) -> str:
    found = Team.objects.get(key=team).parent
    return found.key if found else ""


def test_groups_become_a_tree_by_parent_and_by_children(tmp_path: Path) -> None:
    text = documents(
        group("payments", parent="commerce"),
        group("commerce", children="shop, ghost"),
        group("shop"),
    )
    take(write(tmp_path, text))
    assert (parent_of("payments"), parent_of("shop"), parent_of("commerce")) == (
        "commerce",
        "commerce",
        "",
    )


def test_a_child_taken_off_the_list_loses_its_parent(tmp_path: Path) -> None:
    take(write(tmp_path, documents(group("a", children="b"), group("b"))))
    take(write(tmp_path, documents(group("a"), group("b"))))
    assert parent_of("b") == ""


def test_a_parent_that_comes_later_is_linked_then(tmp_path: Path) -> None:
    take(write(tmp_path / "1", group("low", parent="high")))
    assert parent_of("low") == ""
    take(write(tmp_path / "2", group("high")))
    assert parent_of("low") == "high"


def test_a_cycle_of_teams_is_refused_with_a_sentence(tmp_path: Path) -> None:
    take(write(tmp_path, documents(group("a"), group("b", parent="a"))))
    result = take(write(tmp_path, documents(group("a", parent="b"), group("b", parent="a"))))
    (problem,) = [item for item in result.problems if item.refused]
    assert problem.rule == "cycle"
    assert "would close a cycle: b is below a is below b" in problem.message
    assert result.counts()["team"]["skipped"] == 1
    assert [key for key in "ab" if parent_of(key)] != ["a", "b"]


def test_a_team_below_itself_is_refused(tmp_path: Path) -> None:
    assert rules_of(take(write(tmp_path, group("a", parent="a")))) == ["cycle"]


def test_members_come_from_groups_and_from_users(tmp_path: Path) -> None:
    text = documents(
        group("payments", members="[ilse, ghost]"), user("ilse"), user("jun", "payments")
    )
    take(write(tmp_path, text))
    assert members("payments") == ["ilse", "jun"]


def test_memberships_follow_the_files_and_leave_those_made_by_hand(tmp_path: Path) -> None:
    take(write(tmp_path, documents(group("a"), group("b"), user("ilse", "a, b"), user("jun", "a"))))
    hand = make_person(key="hand")
    Membership.objects.create(team=Team.objects.get(key="a"), person=hand)
    take(write(tmp_path, documents(group("a"), group("b"), user("ilse", "b"), user("jun"))))
    assert members("a") == ["hand"]
    assert members("b") == ["ilse"]


def test_a_membership_declared_twice_stays_while_one_says_so(tmp_path: Path) -> None:
    take(write(tmp_path, documents(group("a", members="[ilse]"), user("ilse", "a"))))
    take(write(tmp_path, documents(group("a", members="[ilse]"), user("ilse"))))
    assert members("a") == ["ilse"]


def test_people_from_files_cannot_sign_in(tmp_path: Path) -> None:
    take(write(tmp_path, user("ilse", email="Ilse@Example.com")))
    person = Person.objects.get()
    assert not person.has_usable_password()
    assert (person.key, person.email, person.role) == ("ilse", "ilse@example.com", Role.ENGINEER)


def test_an_email_that_is_taken_is_left_out_with_a_remark(tmp_path: Path) -> None:
    make_person(email="ilse@example.com", key="other")
    text = documents(
        user("ilse", email="ilse@example.com"),
        user("b", email="b@example.com"),
        user("c", email="b@example.com"),
    )
    result = take(write(tmp_path, text))
    assert [item.rule for item in result.problems] == ["email", "email"]
    assert not result.has_refusals
    assert Person.objects.get(key="ilse").email is None
    assert Person.objects.get(key="c").email is None


def test_who_signs_in_keeps_name_email_and_role(tmp_path: Path) -> None:
    signed_in = make_person(
        Role.ADMIN,
        key="ilse",
        name="Ilse B",
        email="mine@example.com",
        password="a long password",
    )
    make_person(key="jun", name="Jun W", last_login=timezone.now())
    make_team("payments")
    text = documents(user("ilse", "payments", "other@example.com"), user("jun", "payments"))
    take(write(tmp_path, text))
    signed_in.refresh_from_db()
    assert (signed_in.name, signed_in.email, signed_in.role) == (
        "Ilse B",
        "mine@example.com",
        Role.ADMIN,
    )
    assert signed_in.check_password("a long password")
    assert Person.objects.get(key="jun").name == "Jun W"
    assert members("payments") == ["ilse", "jun"]


def test_a_vanished_user_stays_a_person(tmp_path: Path) -> None:
    take(write(tmp_path, documents(group("a"), user("ilse", "a"))))
    take(write(tmp_path, group("a")))
    assert Person.objects.filter(key="ilse").exists()
    assert members("a") == ["ilse"]
