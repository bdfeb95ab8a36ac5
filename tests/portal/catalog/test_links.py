"""Links between things of any kind."""

import pytest

from portal.audit.models import Event
from portal.catalog.links import add_link, links_from, links_to, remove_link
from portal.catalog.models import Link
from portal.lib.errors import Invalid
from portal.lib.registry import LinkTarget, link_targets
from tests.factories import make_person, make_service, make_team
from tests.portal.catalog.world import BY
from tests.queries import queries_of

pytestmark = pytest.mark.django_db


def test_a_link_is_seen_from_both_ends() -> None:
    make_service("shop", title="Shop")
    make_team("payments")
    link, is_new = add_link(("service", "shop"), ("team", "payments"), role="helped by", by=BY)
    assert is_new
    (there,) = links_from("service", "shop")
    assert (there.title, there.url, there.role) == ("payments", "/teams/payments/", "helped by")
    (back,) = links_to("team", "payments")
    assert (back.kind_title, back.title) == ("Service", "Shop")
    remove_link(link, by=BY)
    remove_link(link, by=BY)
    assert links_from("service", "shop") == []
    assert [event.verb for event in Event.objects.order_by("pk")] == ["link.added", "link.removed"]


def test_a_link_is_made_once() -> None:
    for expected in (True, False):
        _, is_new = add_link(("service", "a"), ("service", "b"), role="x", by=BY)
        assert is_new is expected
    assert Link.objects.count() == 1


def test_a_target_that_is_gone_dangles() -> None:
    add_link(("service", "a"), ("service", "ghost"), role="x", by=BY)
    (link,) = links_from("service", "a")
    assert link.is_dangling
    assert link.title == "ghost"


def test_kinds_nobody_registered_cannot_be_linked() -> None:
    with pytest.raises(Invalid):
        add_link(("service", "a"), ("rocket", "b"), role="x", by=BY)
    with pytest.raises(Invalid):
        add_link(("service", ""), ("service", "b"), role="x", by=BY)


def test_what_a_person_may_not_see_is_left_out() -> None:
    target = LinkTarget(key="secret", title="S", resolve=lambda keys: {}, may_see=lambda who: False)
    link_targets.add(target)
    try:
        add_link(("service", "a"), ("secret", "b"), role="x", by=BY)
        assert links_from("service", "a", person=make_person()) == []
        assert len(links_from("service", "a")) == 1
    finally:
        link_targets.remove("secret")


def test_many_links_ask_one_query_a_kind() -> None:
    make_service("hub")
    for n in range(30):
        make_service(f"s-{n}")
        add_link(("service", "hub"), ("service", f"s-{n}"), role="x", by=BY)
        add_link(("service", "hub"), ("team", f"t-{n}"), role="x", by=BY)
    assert len(queries_of(lambda: links_from("service", "hub"))) == 3
