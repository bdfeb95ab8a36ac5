"""The catalogue by its commands: in, out and in again; and what is broken in its files."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from portal.accounts.models import Person, Team
from portal.audit.models import Event
from portal.catalog.models import API, Document, Domain, Relation, Resource, Service, System
from tests.acceptance.visitor import words_of

pytestmark = pytest.mark.django_db

FILES = Path(__file__).parent / "catalogue"
MODELS = (Service, API, Resource, System, Domain, Team, Person)
STATES = ("created", "changed", "unchanged", "conflict", "skipped")
Report = dict[str, Any]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[Report, int]]:
    """`import_catalog --json` with its exit status."""

    def run(*arguments: str) -> tuple[Report, int]:
        code = 0
        try:
            call_command("import_catalog", "--json", *arguments)
        except SystemExit as ended:
            code = int(str(ended.code))
        return json.loads(capsys.readouterr().out), code

    return run


def totals(report: Report) -> dict[str, int]:
    kinds = report["by_kind"].values()
    sums = {state: sum(kind[state] for kind in kinds) for state in STATES}
    return {state: number for state, number in sums.items() if number}


def entities(path: Path) -> dict[tuple[str, str, str], Any]:
    """Every document of a file or folder, read by another reader than ours."""
    files = [path] if path.is_file() else sorted(path.rglob("*.yaml"))
    found = {}
    for file in files:
        for body in yaml.safe_load_all(file.read_text()):
            if body:
                meta = body["metadata"]
                name = str(meta["name"]).lower()
                found[body["kind"].lower(), meta.get("namespace", "default"), name] = body
    return found


def snapshot() -> dict[str, Any]:
    """What an import may change, without when it was looked at."""
    return {
        "documents": list(Document.objects.order_by("pk").values("kind", "key", "body", "digest")),
        "relations": sorted(Relation.objects.values_list("type", "from_key", "to_kind", "to_key")),
        "services": list(Service.objects.order_by("pk").values()),
        "teams": list(Team.objects.order_by("pk").values()),
        "people": list(Person.objects.order_by("pk").values()),
    }


def test_catalogue_comes_in_goes_out_and_comes_in_unchanged(
    run: Callable[..., tuple[Report, int]], tmp_path: Path
) -> None:
    files = tmp_path / "files"
    shutil.copytree(FILES, files)
    first, code = run(str(files))
    assert (totals(first), code) == ({"created": 15}, 0), first

    checkout = Service.objects.get(key="checkout-api")
    assert (checkout.tier, checkout.owner.key) == (1, "shop")  # type: ignore[union-attr]
    assert checkout.repository == "example/checkout-api"
    assert checkout.on_call
    assert Service.objects.get(key="cart").repository == "example/shop"
    assert API.objects.get(key="platform:payments").owner == Team.objects.get(key="platform-team")
    assert Team.objects.get(key="shop").parent == Team.objects.get(key="engineering")

    again, code = run(str(files))
    assert (totals(again), code) == ({"unchanged": 15}, 0)

    before, events = snapshot(), Event.objects.count()
    for target in (tmp_path / "all.yaml", tmp_path / "folder"):
        if not target.suffix:
            target.mkdir()
        call_command("export_catalog", "--output", str(target))
        written = entities(target)
        assert written == entities(FILES), "nothing is lost, added or read as another type"
        taken, code = run(str(target), "--format=backstage")
        assert set(totals(taken)) == {"unchanged"}, taken
        assert code == 0
        assert snapshot() == before
        assert Event.objects.count() == events

    for model in (Document, *MODELS):
        model._default_manager.all().delete()
    elsewhere, code = run(str(tmp_path / "all.yaml"))
    assert (totals(elsewhere), code) == ({"created": 15}, 0), elsewhere
    bodies = {(row.kind, row.key): row.body for row in Document.objects.all()}
    assert bodies == {(row["kind"], row["key"]): row["body"] for row in before["documents"]}


# -- bad input ----------------------------------------------------------------------------------

GOOD = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: shop, description: Sells things.}
spec: {type: service, lifecycle: production, owner: nobody}
"""
OTHER = GOOD.replace("name: shop", "name: other")
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    ["kind: [\n", f"a: {'x' * 11_000_000}\n", f"a: {'[' * 2_000}{']' * 2_000}\n", BOMB],
    ids=["malformed", "huge", "deeply nested", "alias-bombed"],
)
def test_file_that_can_not_be_read_keeps_its_service_and_says_so_on_its_page(
    run: Callable[..., tuple[Report, int]],
    sign_in: Callable[..., Client],
    tmp_path: Path,
    text: str,
) -> None:
    for name, content in (("shop", GOOD), ("other", OTHER)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "catalog-info.yaml").write_text(content)
    run(str(tmp_path))

    (tmp_path / "shop" / "catalog-info.yaml").write_text(text)
    changed = OTHER.replace("Sells things.", "Sells other things.")
    (tmp_path / "other" / "catalog-info.yaml").write_text(changed)
    report, code = run(str(tmp_path))

    assert code == 1
    [problem] = [item for item in report["problems"] if "shop/catalog-info" in item["file"]]
    assert 1 <= problem["line"] <= text.count("\n") + 1
    assert problem["message"].endswith(".")
    assert "\n" not in problem["message"]
    assert len(problem["message"]) < 300
    assert Service.objects.get(key="other").description == "Sells other things."
    page = words_of(sign_in().get("/services/shop/").content.decode())
    assert "Sells things." in page
    assert "No longer in its source" not in page
    assert "The last reading failed just now" in page, page
    assert "What was read before is kept." in page


def test_duplicate_and_dangling_names_are_said_where_they_are(
    run: Callable[..., tuple[Report, int]], sign_in: Callable[..., Client], tmp_path: Path
) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text("\n\n" + GOOD.replace("Sells things.", "Says otherwise."))

    report, _ = run(str(tmp_path), "--format=backstage")

    assert totals(report) == {"created": 1, "conflict": 1}
    messages = " ".join(item["message"] for item in report["problems"])
    assert "a.yaml" in messages
    assert "nobody" in messages
    page = words_of(sign_in().get("/services/shop/").content.decode())
    assert "Sells things." in page
    assert "Two places claim this name" in page
    assert "b.yaml, line 3" in page
    assert "nobody" in page
