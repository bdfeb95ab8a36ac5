"""A GitHub for tests: a local server that executes GraphQL on GitHub's own published schema and
checks its REST answers against GitHub's own OpenAPI description.

    with Double(World([repository("acme/web")])) as github:
        ...  # github.url is the REST address, github.calls what was asked
"""

from tests.github_double.server import Double
from tests.github_double.world import World, repository

__all__ = ["Double", "World", "repository"]
