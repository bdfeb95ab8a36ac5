"""The sample organisation's catalogue: 8 teams, 4 people and 60 services of a web shop.

Everything is fixed in this file or derived from names, so that two portals show the same
organisation. The entities are ordinary catalogue documents and take the importer's own way in.
"""

from collections.abc import Iterator

Entity = dict[str, object]

# name, title, type, parent, description
TEAMS = [
    ("commerce", "Commerce", "business-unit", "", "Everything a customer sees, buys and receives."),
    ("foundation", "Foundation", "business-unit", "", "What every other team stands on."),
    ("payments", "Payments", "team", "commerce", "From basket to settled money."),
    ("storefront", "Storefront", "team", "commerce", "The shop on the web and on phones."),
    ("fulfilment", "Fulfilment", "team", "commerce", "Stock, picking, carriers and returns."),
    ("platform", "Platform", "team", "foundation", "Builds, runs and observes what we ship."),
    ("identity", "Identity", "team", "foundation", "Accounts, sign-in and consent."),
    ("data", "Data", "team", "foundation", "Events, reports and models."),
]

# key, name, role, teams
PEOPLE = [
    ("ilse", "Ilse Brandt", "engineer", ["payments"]),
    ("jun", "Jun Watanabe", "architect", ["platform"]),
    ("mara", "Mara Oduya", "lead", ["payments", "storefront"]),
    ("priya", "Priya Nair", "admin", ["platform"]),
]

# name, domain, owner, description
SYSTEMS = [
    ("checkout", "selling", "payments", "Takes a basket to an authorised payment."),
    ("ledger", "selling", "payments", "Books every movement of money once."),
    ("shop", "selling", "storefront", "Pages, search and basket."),
    ("warehouse", "moving-goods", "fulfilment", "What lies where, and who fetches it."),
    ("delivery", "moving-goods", "fulfilment", "From the packing table to the door."),
    ("runtime", "groundwork", "platform", "Gateways, flags, configuration and secrets."),
    ("observability", "groundwork", "platform", "Logs and metrics on their way to people."),
    ("accounts", "groundwork", "identity", "Who somebody is, and what they agreed to."),
    ("events", "insight", "data", "Every event, collected once and routed."),
    ("analytics", "insight", "data", "Reports, experiments and forecasts."),
]

DOMAINS = [
    ("selling", "commerce", "From the first page to the settled payment."),
    ("moving-goods", "commerce", "Stock, parcels and returns."),
    ("groundwork", "foundation", "Shared by every team."),
    ("insight", "foundation", "What happened, and what will."),
]

# name, owner, system, tier, type, language, description, depends on
SERVICES: list[tuple[str, str, str, int, str, str, str, str]] = [
    ("checkout-api", "payments", "checkout", 1, "service", "Go",
     "Takes a basket to an authorised payment.", "basket-api payment-gateway fraud-rules"),
    ("payment-gateway", "payments", "checkout", 1, "service", "Go",
     "Speaks to card networks and wallets.", "card-vault token-service"),
    ("card-vault", "payments", "checkout", 1, "service", "Rust",
     "Keeps card data where nothing else can read it.", "secrets-broker"),
    ("fraud-rules", "payments", "checkout", 1, "service", "Python",
     "Scores a payment before it is authorised.", "feature-store"),
    ("ledger-api", "payments", "ledger", 1, "service", "Java",
     "Double-entry books behind every payment.", "event-collector"),
    ("settlement-batch", "payments", "ledger", 2, "service", "Java",
     "Settles the day's payments with the banks.", "ledger-api fx-rates"),
    ("fx-rates", "payments", "ledger", 2, "service", "Python",
     "Exchange rates, refreshed every hour.", "config-server"),
    ("payout-worker", "payments", "ledger", 2, "service", "Go",
     "Pays merchants what they are owed.", "ledger-api payment-gateway"),
    ("invoice-render", "billing", "ledger", 3, "service", "JavaScript",
     "Turns bookings into invoices that people can read.", "ledger-api"),
    ("receipts-mailer", "payments", "ledger", 3, "service", "Python",
     "Mails a receipt once a payment settles.", "ledger-api"),
    ("web-shop", "storefront", "shop", 1, "website", "TypeScript",
     "The shop in the browser.", "mobile-bff product-search"),
    ("mobile-bff", "storefront", "shop", 1, "service", "TypeScript",
     "One answer for each screen of the apps.", "basket-api product-catalog account-api"),
    ("product-search", "storefront", "shop", 1, "service", "Java",
     "Finds products by words and filters.", "product-catalog"),
    ("product-catalog", "storefront", "shop", 1, "service", "Java",
     "The truth about products, prices and variants.", "stock-levels"),
    ("basket-api", "storefront", "shop", 1, "service", "Go",
     "Keeps a basket for thirty days.", "product-catalog session-cache"),
    ("recommendations", "storefront", "shop", 2, "service", "Python",
     "Suggests what goes with what.", "feature-store product-catalog"),
    ("reviews-api", "storefront", "shop", 3, "service", "Ruby",
     "Stars and words of customers.", "account-api"),
    ("image-resizer", "storefront", "shop", 3, "service", "Go",
     "Pictures in the size a page asks for.", "artifact-store"),
    ("content-pages", "storefront", "shop", 3, "website", "TypeScript",
     "Help, terms and campaigns.", "web-shop"),
    ("design-system", "storefront", "shop", 4, "library", "TypeScript",
     "Buttons, fields and type shared by all pages.", ""),
    ("order-router", "fulfilment", "warehouse", 1, "service", "Java",
     "Decides which warehouse sends an order.", "stock-levels ledger-api"),
    ("stock-levels", "fulfilment", "warehouse", 1, "service", "Go",
     "How many of what are where.", "stream-router"),
    ("warehouse-sync", "fulfilment", "warehouse", 2, "service", "C#",
     "Keeps partner warehouses in step.", "stock-levels"),
    ("picking-app", "fulfilment", "warehouse", 2, "website", "TypeScript",
     "Tells a picker what to fetch next.", "order-router"),
    ("packing-station", "fulfilment", "warehouse", 3, "service", "C#",
     "Weighs, labels and closes parcels.", "shipping-labels"),
    ("shipping-labels", "fulfilment", "delivery", 2, "service", "Python",
     "A label for every carrier.", "carrier-gateway"),
    ("carrier-gateway", "fulfilment", "delivery", 2, "service", "Java",
     "Speaks to eleven carriers in their own way.", "secrets-broker"),
    ("returns-api", "fulfilment", "delivery", 2, "service", "Go",
     "Takes goods back and sends money.", "order-router payment-gateway"),
    ("delivery-slots", "fulfilment", "delivery", 2, "service", "Go",
     "When a parcel can arrive.", "route-planner"),
    ("route-planner", "fulfilment", "delivery", 3, "service", "Python",
     "Plans the rounds of our own vans.", "config-server"),
    ("api-gateway", "platform", "runtime", 1, "service", "Go",
     "The one door from outside.", "token-service config-server"),
    ("feature-flags", "platform", "runtime", 1, "service", "Go",
     "Switches behaviour without a deploy.", "config-server"),
    ("config-server", "platform", "runtime", 1, "service", "Go",
     "Configuration with a history.", "secrets-broker"),
    ("secrets-broker", "platform", "runtime", 1, "service", "Rust",
     "Short-lived credentials on request.", ""),
    ("service-mesh-config", "platform", "runtime", 2, "service", "Go",
     "Routes and policies of the mesh.", "config-server"),
    ("ci-runners", "platform", "runtime", 2, "service", "Python",
     "Machines that build and test.", "artifact-store"),
    ("artifact-store", "platform", "runtime", 2, "service", "Go",
     "Images and packages, kept by digest.", ""),
    ("developer-cli", "platform", "runtime", 4, "library", "Rust",
     "One command for everyday work.", "api-gateway"),
    ("log-pipeline", "platform", "observability", 2, "service", "Rust",
     "Collects, redacts and ships logs.", "stream-router"),
    ("metrics-relay", "platform", "observability", 2, "service", "Go",
     "Carries samples to long storage.", ""),
    ("login-web", "identity", "accounts", 1, "website", "TypeScript",
     "Where people sign in.", "token-service mfa-service"),
    ("token-service", "identity", "accounts", 1, "service", "Java",
     "Issues and rotates tokens.", "session-cache secrets-broker"),
    ("account-api", "identity", "accounts", 1, "service", "Java",
     "Names, addresses and preferences.", "token-service"),
    ("mfa-service", "identity", "accounts", 1, "service", "Go",
     "The second factor.", "secrets-broker"),
    ("session-cache", "identity", "accounts", 1, "service", "Go",
     "Who is signed in right now.", ""),
    ("consent-store", "identity", "accounts", 2, "service", "Ruby",
     "What a customer agreed to, and when.", "account-api"),
    ("audit-trail", "identity", "accounts", 2, "service", "Java",
     "Who did what, kept for ten years.", "stream-router"),
    ("address-book", "identity", "accounts", 3, "service", "PHP",
     "Addresses, checked and formatted.", "account-api"),
    ("profile-images", "identity", "accounts", 3, "service", "Go",
     "Faces beside names.", "image-resizer"),
    ("access-reviews", "identity", "accounts", 3, "service", "Python",
     "Asks every quarter who still needs what.", "account-api"),
    ("event-collector", "data", "events", 1, "service", "Rust",
     "Takes events in and never loses one.", "stream-router"),
    ("stream-router", "data", "events", 2, "service", "Java",
     "Sends events where they are wanted.", ""),
    ("gdpr-eraser", "data", "events", 2, "service", "Python",
     "Forgets a person everywhere on request.", "consent-store warehouse-loader"),
    ("warehouse-loader", "data", "analytics", 2, "service", "Python",
     "Loads events into tables each hour.", "stream-router"),
    ("experiment-service", "data", "analytics", 2, "service", "Python",
     "Splits traffic and judges the outcome.", "feature-flags"),
    ("feature-store", "data", "analytics", 2, "service", "Python",
     "Features for models, fresh and historic.", "stream-router"),
    ("metrics-catalog", "data", "analytics", 3, "service", "Python",
     "What each figure means, written once.", "warehouse-loader"),
    ("forecast-jobs", "data", "analytics", 3, "service", "Python",
     "Next week's demand by product.", "feature-store"),
    ("report-builder", "data", "analytics", 3, "service", "PHP",
     "Reports that people put together themselves.", "metrics-catalog"),
    ("data-quality", "data", "analytics", 3, "service", "Python",
     "Notices when a table is late or wrong.", "warehouse-loader"),
]  # fmt: skip

# Services whose API others call: its kind.
APIS = {
    "checkout-api": "openapi",
    "payment-gateway": "grpc",
    "ledger-api": "openapi",
    "product-search": "graphql",
    "product-catalog": "openapi",
    "basket-api": "openapi",
    "account-api": "openapi",
    "token-service": "openapi",
    "stock-levels": "grpc",
    "order-router": "asyncapi",
    "event-collector": "asyncapi",
    "feature-flags": "openapi",
}

# name, type, owner, services on it
RESOURCES = [
    ("payments-db", "database", "payments", "checkout-api ledger-api payment-gateway"),
    ("card-hsm", "hardware-security-module", "payments", "card-vault"),
    ("shop-db", "database", "storefront", "product-catalog reviews-api"),
    ("search-index", "search-index", "storefront", "product-search"),
    ("stock-db", "database", "fulfilment", "stock-levels order-router"),
    ("accounts-db", "database", "identity", "account-api consent-store"),
    ("session-redis", "cache", "identity", "session-cache"),
    ("event-log", "message-broker", "data", "stream-router event-collector"),
    ("warehouse", "data-warehouse", "data", "warehouse-loader report-builder"),
    ("artifact-bucket", "object-storage", "platform", "artifact-store image-resizer"),
]

_EXPERIMENTAL = {"route-planner", "access-reviews", "metrics-catalog", "packing-station"}
_DEPRECATED = {"report-builder", "address-book"}
_WITHOUT_TIER = {"profile-images"}
_WITHOUT_ON_CALL_FROM_TIER = 3
API_VERSION = "backstage.io/v1alpha1"


def entities() -> list[Entity]:
    """Every entity of the sample organisation, in an order in which references resolve."""
    return [
        *_groups(),
        *_users(),
        *_domains(),
        *_systems(),
        *_apis(),
        *_resources(),
        *(_component(row) for row in SERVICES),
    ]


def _entity(kind: str, name: str, spec: Entity, **metadata: object) -> Entity:
    kept = {key: value for key, value in metadata.items() if value}
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {"name": name, **kept},
        "spec": spec,
    }


def _groups() -> Iterator[Entity]:
    for name, title, kind, parent, description in TEAMS:
        children = [team[0] for team in TEAMS if team[3] == name]
        spec: Entity = {"type": kind, "profile": {"displayName": title}, "children": children}
        if parent:
            spec["parent"] = parent
        yield _entity("Group", name, spec, description=description)


def _users() -> Iterator[Entity]:
    for key, name, _role, teams in PEOPLE:
        profile = {"displayName": name, "email": f"{key}@halden.example"}
        yield _entity("User", key, {"profile": profile, "memberOf": teams})


def _domains() -> Iterator[Entity]:
    for name, owner, description in DOMAINS:
        yield _entity("Domain", name, {"owner": owner}, description=description)


def _systems() -> Iterator[Entity]:
    for name, domain, owner, description in SYSTEMS:
        yield _entity("System", name, {"owner": owner, "domain": domain}, description=description)


def _apis() -> Iterator[Entity]:
    services = {row[0]: row for row in SERVICES}
    for name, kind in APIS.items():
        _, owner, system, _, _, _, description, _ = services[name]
        spec: Entity = {
            "type": kind,
            "lifecycle": "production",
            "owner": owner,
            "system": system,
            "definition": _definition(name, kind),
        }
        yield _entity("API", name, spec, description=description)


def _definition(name: str, kind: str) -> str:
    noun = name.removesuffix("-api").replace("-", " ")
    if kind == "openapi":
        return (
            f"openapi: 3.1.0\ninfo:\n  title: {noun}\n  version: 1.0.0\npaths:\n"
            f"  /v1/{noun.replace(' ', '-')}s:\n    get:\n      summary: List\n"
            "      responses:\n        '200':\n          description: A page\n"
        )
    if kind == "asyncapi":
        return (
            f"asyncapi: 3.0.0\ninfo:\n  title: {noun}\n  version: 1.0.0\n"
            f"channels:\n  {name}:\n    address: {name}\n"
        )
    if kind == "graphql":
        return "type Query {\n  search(words: String!, first: Int = 20): [String!]!\n}\n"
    service = noun.title().replace(" ", "")
    return f'syntax = "proto3";\n\nservice {service} {{\n  rpc Get(Id) returns (Item);\n}}\n'


def _resources() -> Iterator[Entity]:
    for name, kind, owner, services in RESOURCES:
        users = [f"component:{service}" for service in services.split()]
        yield _entity("Resource", name, {"type": kind, "owner": owner, "dependencyOf": users})


def _component(row: tuple[str, str, str, int, str, str, str, str]) -> Entity:
    name, owner, system, tier, kind, language, description, depends_on = row
    annotations = {
        "github.com/project-slug": f"halden/{name}",
        "command-center/health-url": f"https://{name}.halden.example/health/ready",
    }
    if name not in _WITHOUT_TIER:
        annotations["command-center/tier"] = str(tier)
    if tier < _WITHOUT_ON_CALL_FROM_TIER:
        annotations["command-center/on-call"] = f"https://oncall.halden.example/{owner}"
    links = [
        {
            "url": f"https://grafana.halden.example/d/{name}",
            "title": "Dashboard",
            "type": "dashboard",
        },
        {"url": f"https://logs.halden.example/?service={name}", "title": "Logs", "type": "logs"},
    ]
    if tier == 1:
        runbook = f"https://wiki.halden.example/runbooks/{name}"
        links.append({"url": runbook, "title": "Runbook", "type": "runbook"})
    lifecycle = "production"
    if name in _EXPERIMENTAL:
        lifecycle = "experimental"
    if name in _DEPRECATED:
        lifecycle = "deprecated"
    spec: Entity = {"type": kind, "lifecycle": lifecycle, "owner": owner, "system": system}
    if name in APIS:
        spec["providesApis"] = [name]
    called = depends_on.split()
    if called:
        spec["dependsOn"] = [f"component:{other}" for other in called]
        consumed = [other for other in called if other in APIS]
        if consumed:
            spec["consumesApis"] = consumed
    return _entity(
        "Component",
        name,
        spec,
        description=description,
        tags=[language.lower().replace("c#", "csharp"), system],
        annotations=annotations,
        links=links,
    )
