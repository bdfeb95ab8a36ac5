import pytest

from portal.accounts.models import Token
from tests.factories import make_person, make_team
from tests.queries import queries_of

pytestmark = pytest.mark.django_db


def test_me_names_my_teams(sign_in):
    person = make_person("lead", time_zone="Asia/Tokyo")
    make_team("zeta", members=(person,))
    make_team("alpha", members=(person,))

    me = sign_in(person).get("/api/v1/me").json()

    assert me["teams"] == ["alpha", "zeta"]
    assert (me["role"], me["email"], me["time_zone"]) == ("lead", person.email, "Asia/Tokyo")


def test_people_by_role_without_addresses(sign_in):
    lead = make_person("lead")
    client = sign_in()

    answer = client.get("/api/v1/people?role=lead").json()

    assert [person["key"] for person in answer["data"]] == [lead.key]
    assert "email" not in answer["data"][0]


def test_people_take_the_same_queries_for_any_number(sign_in):
    client = sign_in()
    few = queries_of(lambda: client.get("/api/v1/people?limit=100"))
    for _ in range(30):
        make_team(members=(make_person(),))

    many = queries_of(lambda: client.get("/api/v1/people?limit=100"))

    assert len(many) == len(few)


def test_person_by_key_in_any_case(sign_in):
    make_person(key="ada", name="Ada")
    client = sign_in()

    assert client.get("/api/v1/people/ADA").json()["name"] == "Ada"
    assert client.get("/api/v1/people/nobody").json()["error"]["code"] == "NOT_FOUND"


def test_tokens_are_mine_and_without_secrets(sign_in):
    client = sign_in()
    client.post("/me/tokens/", {"name": "mine", "scopes": ["read"], "days": "30"})
    other = sign_in("lead")
    other.post("/me/tokens/", {"name": "theirs", "scopes": ["read"], "days": "30"})

    answer = other.get("/api/v1/me/tokens").json()

    assert [token["name"] for token in answer["data"]] == ["theirs"]
    assert Token.objects.get(name="theirs").digest not in str(answer)


@pytest.mark.parametrize("asked", ["limit=0", "limit=101", "limit=x", "cursor=x", "role=king"])
def test_wrong_parameters_are_named(sign_in, asked):
    response = sign_in().get(f"/api/v1/people?{asked}")

    assert response.status_code == 422
    error = response.json()["error"]
    assert error["code"] == "VALIDATION_ERROR"
    assert asked.split("=")[0] in error["context"]["fields"]
