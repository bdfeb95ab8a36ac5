"""What the sample organisation's services are built with: the facts `stack.*`.

A service has what its language's template brings, what its own work needs, and the platform's
charts and providers where it is important enough.
"""

from scorecards.sources.base import FactValue

TEMPLATES: dict[str, tuple[str, list[str], list[str]]] = {
    "go": (
        "go.mod",
        [
            "golang/github.com/prometheus/client_golang@v1.22.0",
            "golang/go.opentelemetry.io/otel@v1.37.0",
            "golang/google.golang.org/grpc@v1.73.0",
            "golang/stdlib@1.24",
        ],
        ["gcr.io/distroless/static-debian12:nonroot", "golang:1.24-alpine"],
    ),
    "java": (
        "pom.xml",
        [
            "maven/io.micrometer/micrometer-registry-prometheus@1.15.1",
            "maven/io.opentelemetry/opentelemetry-api@1.51.0",
            "maven/org.postgresql/postgresql@42.7.7",
            "maven/org.springframework.boot/spring-boot-starter-web@3.5.3",
            "maven/org.testcontainers/testcontainers@1.21.3",
        ],
        ["eclipse-temurin:21-jre"],
    ),
    "python": (
        "pyproject.toml",
        [
            "pypi/fastapi@0.115.14",
            "pypi/opentelemetry-sdk@1.34.1",
            "pypi/prometheus-client@0.22.1",
            "pypi/pytest@8.4.1",
        ],
        ["python:3.12-slim"],
    ),
    "typescript": (
        "package.json",
        [
            "npm/@playwright/test@1.53.2",
            "npm/next@15.3.4",
            "npm/react@19.1.0",
            "npm/typescript@5.8.3",
            "npm/vite@7.0.0",
        ],
        ["node:22-alpine"],
    ),
    "javascript": ("package.json", ["npm/express@4.21.2", "npm/jest@29.7.0"], ["node:20-alpine"]),
    "rust": (
        "Cargo.toml",
        ["cargo/axum@0.8.4", "cargo/opentelemetry@0.30.0", "cargo/tokio@1.46.0"],
        ["gcr.io/distroless/cc-debian12", "rust:1.88"],
    ),
    "ruby": (
        "Gemfile",
        ["gem/pg@1.5.9", "gem/rails@7.1.5", "gem/sidekiq@7.3.9"],
        ["ruby:3.3-slim"],
    ),
    "php": (
        "composer.json",
        ["composer/php@>=8.3", "composer/symfony/framework-bundle@7.3.1"],
        ["php:8.3-fpm"],
    ),
    "csharp": (
        "Service.csproj",
        [
            "nuget/Confluent.Kafka@2.10.1",
            "nuget/Microsoft.NET.Sdk.Web",
            "nuget/Microsoft.NETCore.App@8.0",
        ],
        ["mcr.microsoft.com/dotnet/aspnet:8.0"],
    ),
}

OWN_PACKAGES = {
    "account-api": ["maven/org.springframework.boot/spring-boot-starter-data-redis@3.5.3"],
    "address-book": ["npm/jquery@3.7.1"],
    "consent-store": ["npm/htmx.org@2.0.6"],
    "experiment-service": ["pypi/clickhouse-connect@0.8.18"],
    "forecast-jobs": ["pypi/apache-airflow@2.11.0"],
    "invoice-render": ["npm/jquery@3.6.4"],
    "mobile-bff": ["npm/@trpc/server@11.4.3", "npm/drizzle-orm@0.44.2"],
    "order-router": ["maven/com.rabbitmq/amqp-client@5.25.0"],
    "packing-station": ["nuget/Microsoft.NETFramework@4.8"],
    "payout-worker": ["golang/go.temporal.io/sdk@v1.35.0"],
    "picking-app": ["npm/jquery@3.7.1"],
    "product-search": ["maven/co.elastic.clients/elasticsearch-java@8.18.3"],
    "recommendations": ["pypi/pgvector@0.4.1", "pypi/torch@2.7.1"],
    "reviews-api": ["gem/mongoid@9.0.7"],
    "stream-router": ["maven/org.apache.kafka/kafka-clients@4.0.0"],
    "warehouse-loader": ["pypi/dbt-core@1.10.2", "pypi/snowflake-connector-python@3.15.0"],
    "web-shop": ["npm/@launchdarkly/js-client-sdk@0.7.2", "npm/turbo@2.5.4"],
}
OWN_IMAGES = {
    "event-collector": ["apache/kafka:4.0.0"],
    "session-cache": ["redis:6.2-alpine"],
    "basket-api": ["redis:7.4-alpine"],
    "product-catalog": ["postgres:16.9"],
    "stock-levels": ["rabbitmq:3.13-management"],
}
MOST_IMPORTANT = 2  # tiers that run by charts and providers of their own


def facts(name: str, language: str, tier: int) -> dict[str, tuple[FactValue, str]]:
    """Value and evidence of each fact of a service."""
    manifest, packages, images = TEMPLATES[language]
    packages = sorted([*packages, *OWN_PACKAGES.get(name, ())])
    composed = OWN_IMAGES.get(name, [])
    files = {"Dockerfile": float(len(images)), manifest: float(len(packages))}
    charts: list[str] = []
    providers: list[str] = []
    if tier <= MOST_IMPORTANT:
        charts, providers = [f"{name}@1.0.0"], ["hashicorp/aws@5.100.0", "terraform@>= 1.9"]
        files |= {"chart/Chart.yaml": 1.0, "infra/versions.tf": 2.0}
    if composed:
        files["compose.yaml"] = float(len(composed))
    return {
        "stack.packages": (list(packages), manifest),
        "stack.images": ([*images, *composed], "Dockerfile"),
        "stack.terraform_providers": (
            list(providers),
            "infra/versions.tf" if providers else "none found",
        ),
        "stack.helm_charts": (list(charts), "chart/Chart.yaml" if charts else "none found"),
        "stack.files": (files, f"{len(files)} files"),
    }
