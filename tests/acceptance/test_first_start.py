"""A start from nothing: one command, and soon the sample organisation to look around in."""

import re
import time
from pathlib import Path

import pytest

from tests.acceptance.visitor import Visitor
from tests.portal.operations.running import is_alive, portal, wait_for

pytestmark = pytest.mark.server

SERVICES = 60
FILLED_AFTER = 60.0  # seconds from the command to scorecards of all services


def test_sample_organisation_is_soon_there_and_leaves_without_a_trace(tmp_path: Path) -> None:
    began = time.monotonic()
    with portal(tmp_path / "data", PORTAL_SAMPLE="1") as running, Visitor(running) as sample:
        wait_for(lambda: f'value="{SAMPLE_ADMIN}"' in sample.open("/sign-in/").text, 30)
        sample.submit("/sign-in/", {"person": SAMPLE_ADMIN}, to="/sign-in/sample/")
        assert "Sample data. An invented organisation" in sample.read("/")

        wait_for(lambda: running.query(STANDINGS) == [(SERVICES,)], FILLED_AFTER)
        wait_for(lambda: "is loaded" in sample.read("/"), FILLED_AFTER)
        assert time.monotonic() - began < FILLED_AFTER
        overview = sample.read("/scorecards/")
        assert re.search(rf"{SERVICES + 1} services, on average", overview), overview
        assert "Score over 90 days" in sample.open("/services/checkout-api/").text

        refused = sample.submit("/operations/", {}, to="/operations/sample/remove/")
        assert "Create an admin first" in refused.text
        assert running.query(SAMPLE_SERVICES) == [(SERVICES,)]

        with Visitor(running) as admin:
            admin.become_admin()
            admin.submit("/operations/", {}, to="/operations/sample/remove/")
            assert "Sample data." not in admin.read("/")
            assert admin.read("/services/command-center/")
        assert running.query(SAMPLE_SERVICES) == [(0,)]
        assert running.query("SELECT key FROM catalog_service") == [("command-center",)]

        processes = running.processes()
        assert running.stop() == 0
        assert [pid for pid in processes if is_alive(pid)] == []


SAMPLE_ADMIN = "priya"
STANDINGS = (
    "SELECT COUNT(DISTINCT service_id) FROM scorecards_standing WHERE is_sample = 1"
    " AND score IS NOT NULL"
)
SAMPLE_SERVICES = "SELECT COUNT(*) FROM catalog_service WHERE is_sample = 1"
