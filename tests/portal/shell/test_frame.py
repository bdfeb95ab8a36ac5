import pytest

from portal.accounts.models import Team
from portal.lib.registry import (
    NavItem,
    OutsideState,
    SampleContent,
    navigation,
    outside_states,
    sample_content,
)
from tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db


def html_of(client, address: str = "/") -> str:
    return client.get(address).content.decode()


def rail_of(client, address: str = "/") -> str:
    html = html_of(client, address)
    return html[html.index('<nav class="rail"') : html.index('<header class="top"')]


HOME = NavItem(key="home", title="Home", url_name="shell:desk", icon="home", dock=True)
SEARCH = NavItem(
    key="find", title="Find", url_name="shell:search", icon="search", group=1, count=lambda: 48
)
SECRET = NavItem(
    key="gallery",
    title="Gallery",
    url_name="shell:gallery",
    icon="gallery",
    group=2,
    permission="see_gallery",
)


def test_rail_shows_groups_counts_and_where_one_is(sign_in, only):
    only(navigation, HOME, SEARCH)

    rail = rail_of(sign_in(), "/search/?q=x")

    assert rail.count("<ul>") == 2
    assert '<span class="n">48</span>' in rail
    assert rail.count("aria-current") == 1
    assert 'href="/search/" aria-current="page"' in rail


def test_home_is_current_on_the_desk_only(sign_in, only):
    only(navigation, HOME)

    client = sign_in("admin")

    assert 'aria-current="page"' in rail_of(client, "/")
    assert 'aria-current="page"' not in rail_of(client, "/gallery/")


def test_page_below_another_address_belongs_to_its_apps_line(sign_in):
    make_team("payments")

    assert 'href="/services/" aria-current="page"' in rail_of(sign_in(), "/teams/payments/")


@pytest.mark.parametrize(("role", "sees"), [("engineer", False), ("lead", False), ("admin", True)])
def test_rail_hides_what_a_role_may_not_open(sign_in, only, role, sees):
    only(navigation, HOME, SECRET)

    assert ("/gallery/" in rail_of(sign_in(role))) is sees


def test_counts_are_asked_once_a_minute(sign_in, only):
    asked: list[int] = []
    item = NavItem(
        key="find",
        title="Find",
        url_name="shell:search",
        icon="search",
        count=lambda: asked.append(1) or 7,
    )
    only(navigation, item)
    client = sign_in()

    html_of(client)
    html_of(client)

    assert asked == [1]


def test_count_goes_at_once_with_the_sample_data(sign_in, only):
    team = make_team("halden", is_sample=True)
    numbers = iter([48, 3])
    item = NavItem(
        key="find",
        title="Find",
        url_name="shell:search",
        icon="search",
        count=lambda: next(numbers),
    )
    only(navigation, item)
    client = sign_in()
    assert ">48<" in rail_of(client)

    team.delete()

    assert ">3<" in rail_of(client)


def test_partial_asks_for_nothing_of_the_frame(sign_in, only):
    def fail() -> int:
        raise AssertionError("the frame was drawn")

    only(
        navigation,
        NavItem(key="find", title="Find", url_name="shell:search", icon="search", count=fail),
    )

    response = sign_in().get(
        "/search/?q=xx", headers={"HX-Request": "true", "HX-Target": "results"}
    )

    assert response.status_code == 200


def test_sources_that_are_away_are_named_in_the_rail(sign_in, only):
    only(
        outside_states,
        OutsideState(key="github", title="GitHub", load=lambda: {"state": "ok", "words": "ok"}),
        OutsideState(
            key="prometheus",
            title="Prometheus",
            load=lambda: {"state": "down", "words": "since 09:14"},
        ),
        OutsideState(key="tracing", title="Tracing", load=lambda: {"state": "off", "words": ""}),
    )

    rail = rail_of(sign_in())

    assert "1 of 2 sources answer" in rail
    assert "<b>Prometheus</b> since 09:14" in rail
    assert "Tracing" not in rail


def test_rail_has_no_footer_where_no_source_is_set_up(sign_in, only):
    only(outside_states)

    assert "sources answer" not in rail_of(sign_in())


@pytest.fixture
def sample() -> Team:
    return make_team("halden", is_sample=True)


def test_banner_shows_as_long_as_the_sample_is_loaded(sign_in, sample):
    client = sign_in()
    assert "Sample data." in html_of(client)

    sample.delete()
    assert "Sample data" not in html_of(client)


@pytest.mark.parametrize(("role", "offered"), [("lead", False), ("admin", True)])
def test_only_who_may_remove_the_sample_is_offered_it(sign_in, sample, role, offered):
    assert ("Remove all of it" in html_of(sign_in(role))) is offered


@pytest.mark.parametrize(("role", "sees"), [("engineer", False), ("admin", True)])
def test_menu_offers_operations_to_admins(sign_in, role, sees):
    html = html_of(sign_in(role))

    assert ("Component gallery" in html) is sees


def test_name_stands_with_role_and_team(sign_in):
    person = make_person("lead", name="Mara Oduya")
    make_team("payments", title="Payments", members=(person,))

    html = html_of(sign_in(person))

    assert "Mara Oduya<small>Lead, Payments</small>" in html


def test_gallery_draws_every_specimen_for_admins_only(sign_in):
    assert sign_in("engineer").get("/gallery/").status_code == 403

    html = html_of(sign_in("admin"), "/gallery/")

    assert html.count('class="pane light"') == html.count('class="pane dark"') == 11


def test_sample_is_removed_by_the_banners_form(sign_in, sample, only):
    def remove() -> None:
        sample.delete()

    only(sample_content, SampleContent(key="test", load=lambda now, told: None, remove=remove))

    response = sign_in("admin").post("/operations/sample/remove/", follow=True)

    assert "The sample organisation is gone" in response.content.decode()
    assert not Team.objects.exists()


def test_sample_stays_where_nobody_could_manage_the_portal_after(sign_in, sample, only):
    only(sample_content)
    person = make_person("admin", is_sample=True)

    response = sign_in(person).post("/operations/sample/remove/")

    assert response.status_code == 409
    assert "Create an admin first" in response.content.decode()
    assert Team.objects.exists()


def test_lead_may_not_remove_the_sample(sign_in, sample):
    assert sign_in("lead").post("/operations/sample/remove/").status_code == 403
