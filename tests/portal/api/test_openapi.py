import json
import re

import pytest
from openapi_core import OpenAPI
from openapi_core.contrib.django import DjangoOpenAPIRequest, DjangoOpenAPIResponse
from openapi_spec_validator import OpenAPIV31SpecValidator

from portal.api.app import api
from portal.api.reference import groups, shapes
from tests.factories import make_person, make_team


@pytest.fixture(scope="module")
def document():
    return json.loads(json.dumps(api.get_openapi_schema()))


def operations(document):
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_document_is_valid_openapi_3_1(document):
    assert document["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document).validate()


def test_every_reference_leads_to_a_schema(document):
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))

    assert names <= set(document["components"]["schemas"])


def test_operation_ids_are_unique(document):
    ids = [operation["operationId"] for _, _, operation in operations(document)]

    assert len(set(ids)) == len(ids)


def test_every_operation_has_a_tag_a_summary_security_and_the_error_shape(document):
    error = {"$ref": "#/components/schemas/Error"}
    for path, method, operation in operations(document):
        assert operation.get("tags"), (method, path)
        assert operation["summary"], (method, path)
        assert operation["security"] == [{"BearerToken": []}, {"SessionCookie": []}], path
        answer = operation["responses"]["default"]["content"]["application/json"]["schema"]
        assert answer == error, (method, path)


def test_every_list_has_pages_in_the_one_shape(document):
    for name, schema in document["components"]["schemas"].items():
        if name.startswith("Page_"):
            assert set(schema["required"]) == {"data", "pagination"}, name


def test_it_is_readable_without_signing_in(client, db):
    response = client.get("/api/v1/openapi.json")

    assert response.status_code == 200
    assert response.json()["info"]["title"] == "Command Center"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/me", 200),
        ("/api/v1/me/tokens", 200),
        ("/api/v1/people?limit=1", 200),
        ("/api/v1/people/nobody", 404),
        ("/api/v1/people?limit=1000", 422),
    ],
)
def test_answers_are_what_the_document_says(sign_in, document, path, status):
    make_team(members=(make_person(),))

    response = sign_in().get(path)

    assert response.status_code == status
    OpenAPI.from_dict(document).validate_response(
        DjangoOpenAPIRequest(response.wsgi_request), DjangoOpenAPIResponse(response)
    )


def test_reference_page_shows_every_operation_and_shape(sign_in, document):
    page = sign_in().get("/api/docs").content.decode()

    for path, _, operation in operations(document):
        assert f"<code>{path}</code>" in page
        assert f'id="{operation["operationId"]}"' in page
    for name in document["components"]["schemas"]:
        assert f'id="shape-{name}"' in page
    assert "<script" not in page.split("<main", 1)[1]


def test_reference_page_asks_for_sign_in(client, db):
    assert client.get("/api/docs")["Location"].startswith("/sign-in/")


def in_json(schema: dict) -> dict:
    return {"content": {"application/json": {"schema": schema}}}


def test_types_are_put_into_words():
    answer = {"type": "array", "items": {"anyOf": [{"$ref": "#/c/s/Out"}, {"type": "null"}]}}
    limit = {"type": "integer", "minimum": 1, "maximum": 9}
    post = {
        "operationId": "x",
        "parameters": [{"name": "limit", "schema": limit}],
        "requestBody": in_json({"$ref": "#/c/s/In"}),
        "responses": {"201": in_json(answer)},
    }
    document = {
        "paths": {"/x/{key}": {"post": post}},
        "components": {"schemas": {"Kind": {"enum": ["a", "b"]}}},
    }

    [group] = groups(document)
    [operation] = group.operations
    [shape] = shapes(document)

    assert (group.title, operation.method) == ("Other", "POST")
    assert operation.parameters[0].type == "integer 1 to 9"
    assert operation.body.ref == "In"
    assert (operation.answer.type, operation.answer.ref) == ("list of Out or null", "Out")
    assert shape.choices == ["a", "b"]
