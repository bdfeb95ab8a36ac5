import pytest
from django.template import engines
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails

from portal.lib import htmx
from portal.lib.htmx import current_address, is_partial, render_page

TEMPLATE = "<h1>Page</h1>{% partialdef rows inline %}<p id='rows'>{{ x }}</p>{% endpartialdef %}"


def request_with(**headers: str):
    request = RequestFactory().get("/", headers=headers)
    request.htmx = HtmxDetails(request)
    return request


@pytest.fixture
def page(monkeypatch, tmp_path):
    """`page(request, …)` renders a template that has one partial."""
    engine = engines["django"].engine
    (tmp_path / "page.html").write_text(TEMPLATE)
    monkeypatch.setattr(engine, "dirs", [tmp_path, *engine.dirs])
    for loader in engine.template_loaders:
        loader.reset()

    def render(request, partials=("rows",), **options):
        return render_page(request, "page.html", {"x": "one"}, partials=partials, **options)

    yield render
    for loader in engine.template_loaders:
        loader.reset()


def test_ordinary_request_gets_the_page(page):
    response = page(request_with())

    assert response.content == b"<h1>Page</h1><p id='rows'>one</p>"


def test_htmx_gets_the_part_it_targets(page):
    response = page(request_with(**{"HX-Request": "true", "HX-Target": "rows"}))

    assert response.content == b"<p id='rows'>one</p>"


@pytest.mark.parametrize("target", ["", "other", "rows2", "page.html", "../secret"])
def test_unknown_target_gets_the_page(page, target):
    response = page(request_with(**{"HX-Request": "true", "HX-Target": target}))

    assert response.content.startswith(b"<h1>")


@pytest.mark.parametrize("header", ["HX-Boosted", "HX-History-Restore-Request"])
def test_boosted_and_restored_pages_are_whole(page, header):
    response = page(request_with(**{"HX-Request": "true", "HX-Target": "rows", header: "true"}))

    assert response.content.startswith(b"<h1>")


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Target": "rows"}])
def test_both_answers_vary_on_what_decides(page, headers):
    vary = page(request_with(**headers))["Vary"]

    assert "HX-Request" in vary
    assert "HX-Target" in vary


def test_status_is_passed_on(page):
    assert page(request_with(), status=422).status_code == 422


def test_request_without_the_middleware_is_whole():
    assert not is_partial(RequestFactory().get("/"))
    assert htmx.is_partial(request_with(**{"HX-Request": "true"}))


@pytest.mark.parametrize(
    ("current", "address"),
    [
        ("http://testserver/jobs/?sort=-name", "/jobs/?sort=-name"),
        ("https://evil.example/jobs/", "/"),
        ("", "/"),
    ],
)
def test_page_that_asks_is_known_by_its_own_address(current, address):
    request = request_with(**{"HX-Request": "true", "HX-Current-URL": current})

    assert current_address(request) == address


def test_page_without_the_middleware_has_no_known_address():
    assert current_address(RequestFactory().get("/")) == "/"
