import pytest

pytestmark = pytest.mark.django_db


def test_without_a_choice_the_system_decides(client):
    assert b'<html lang="en">' in client.get("/sign-in/").content


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_choice_is_remembered_and_drawn_by_the_server(client, theme):
    response = client.post("/theme/", {"theme": theme, "next": "/sign-in/?a=1"})

    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?a=1"
    assert f'data-theme="{theme}"'.encode() in client.get("/sign-in/").content


def test_switch_turns_to_the_other_theme(client):
    shown = []
    for _ in range(3):
        client.post("/theme/", {"theme": "switch"})
        shown.append(client.cookies["theme"].value)

    assert shown == ["dark", "light", "dark"]


def test_following_the_system_forgets_the_choice(client):
    client.post("/theme/", {"theme": "dark"})
    client.post("/theme/", {"theme": ""})

    assert b'<html lang="en">' in client.get("/sign-in/").content


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/",
        "javascript:alert(1)",
        "",
        "services",
        "shell:desk",
    ],
)
def test_switch_leads_nowhere_else(client, address):
    assert client.post("/theme/", {"theme": "dark", "next": address})["Location"] == "/"


def test_strange_theme_in_the_cookie_is_not_drawn(client):
    client.cookies["theme"] = '"><script>'

    assert b'<html lang="en">' in client.get("/sign-in/").content


def test_cookie_lives_a_year_and_stays_on_this_site(client):
    cookie = client.post("/theme/", {"theme": "dark"}).cookies["theme"]

    assert cookie["max-age"] == 365 * 24 * 60 * 60
    assert cookie["samesite"] == "Lax"
    assert cookie["httponly"]


def test_reading_does_not_change_the_theme(client):
    assert client.get("/theme/").status_code == 405
