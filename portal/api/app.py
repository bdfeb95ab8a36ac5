"""The OpenAPI application; `portal.urls` mounts every app's router on it."""

from ninja import NinjaAPI

api = NinjaAPI(title="Command Center", version="1", urls_namespace="api", docs_url=None)
