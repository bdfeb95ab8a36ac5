import pytest

from portal.lib.registry import SearchHit, SearchSource, search_sources
from portal.shell.find import LONGEST, find

pytestmark = pytest.mark.django_db


def hit(title: str, rank: int = 2, **fields) -> SearchHit:
    return SearchHit(kind="Service", title=title, url=f"/services/{title}/", rank=rank, **fields)


def source(*hits: SearchHit, key: str = "services", **fields) -> SearchSource:
    return SearchSource(key=key, title=key.capitalize(), find=lambda *_: hits, **fields)


def test_best_hits_come_first_within_their_kind(only):
    only(
        search_sources,
        source(hit("my-api"), hit("api", 0), hit("api-gateway", 1)),
        source(hit("api team"), key="teams", order=1),
        source(key="people", order=2),
    )

    groups = find("api", None, limit=2)

    assert [(group.title, [hit.title for hit in group.hits]) for group in groups] == [
        ("Services", ["api", "api-gateway"]),
        ("Teams", ["api team"]),
    ]


@pytest.mark.parametrize("words", ["", " ", "a", "  a  "])
def test_less_than_two_letters_ask_nobody(only, words):
    def fail(*_):
        raise AssertionError("asked")

    only(search_sources, SearchSource(key="x", title="X", find=fail))

    assert find(words, None, limit=5) == []


def test_sources_get_tidy_words_of_bounded_length(only):
    asked: list[str] = []
    only(
        search_sources,
        SearchSource(key="x", title="X", find=lambda words, *_: asked.append(words) or []),
    )

    find("  two\n words ", None, limit=5)
    find("a" * 1000, None, limit=5)

    assert asked == ["two words", "a" * LONGEST]


def test_page_groups_hits_and_escapes_words(sign_in, only):
    only(search_sources, source(hit("ledger-api", detail="Books every <movement>")))

    html = sign_in().get("/search/?q=<b>led").content.decode()

    assert 'href="/services/ledger-api/"' in html
    assert "Books every &lt;movement&gt;" in html
    assert "<b>led" not in html


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/search/", "Type a name"),
        ("/search/?q=a", "One letter is too little"),
        ("/search/?q=zzz", "Nothing has that name"),
    ],
)
def test_page_without_hits_says_why(sign_in, only, address, sentence):
    only(search_sources, source())

    assert sentence in sign_in().get(address).content.decode()


def test_box_gets_options_for_its_listbox(sign_in, only):
    only(search_sources, source(hit("ledger-api")))

    html = (
        sign_in()
        .get("/search/?q=led", headers={"HX-Request": "true", "HX-Target": "suggestions"})
        .content.decode()
    )

    assert 'role="listbox"' in html
    assert '<a role="option" id="s1-1"' in html
    assert "<html" not in html


def test_search_asks_for_sign_in(client):
    response = client.get("/search/?q=led")

    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/")
