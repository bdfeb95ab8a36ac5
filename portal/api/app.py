"""The OpenAPI application; `portal.urls` mounts every app's router on it.

The document at `/api/v1/openapi.json` is OpenAPI 3.1. It holds nothing but the shape of the API
and is the same for every installation, so it is readable without signing in.
"""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from portal.api import errors
from portal.api.auth import needs

DESCRIPTION = """\
Everything the portal knows and does, under the same permissions as its pages.

Lists answer `data` and `pagination`: send `next_cursor` back as `cursor` for the next page.
Errors answer `error` with a stable `code`, a `message` for people and a `context` for programs.
"""


class PortalAPI(NinjaAPI):
    """NinjaAPI with short operation ids and the error shape in its document."""

    _document: OpenAPISchema | None = None

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """`catalog_services` for `services()` in `portal.catalog.api`."""
        parts = operation.view_func.__module__.split(".")
        named = [part for part in parts if part not in {"portal", "api"}]
        return "_".join([*named, operation.view_func.__name__])

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The document, with the error answer on every operation; built once."""
        if self._document is not None:
            return self._document
        document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        schema = errors.Error.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"] |= schema.pop("$defs") | {"Error": schema}
        answer = {
            "description": "What went wrong",
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Error"}},
            },
        }
        for operations in document["paths"].values():
            for operation in operations.values():
                operation["responses"].setdefault("default", answer)
        self._document = document
        return document


api = PortalAPI(
    title="Command Center",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    docs_url=None,
    auth=needs(),
)
errors.install(api)
