import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.staticfiles import finders

from portal.lib.charts import Chart, Point, chart_json, style_guards

START = datetime(2026, 9, 1, 12, tzinfo=UTC)


def chart(*values: float | None) -> Chart:
    points = [
        Point(at=START + timedelta(days=index), value=value) for index, value in enumerate(values)
    ]
    return Chart(key="score", title="Score", unit="points", points=points)


def test_figure_becomes_plain_json():
    figure = chart_json(
        {"x": [START, date(2026, 9, 2)], "y": (1.5, float("nan"), float("inf"), None)}
    )

    assert json.loads(json.dumps(figure, allow_nan=False)) == {
        "x": ["2026-09-01T12:00:00+00:00", "2026-09-02"],
        "y": [1.5, None, None, None],
    }


def test_summary_says_where_the_line_goes():
    assert chart(74, 90, 82).summary == (
        "From 74 points on 1 Sep 2026 to 82 points on 3 Sep 2026, between 74 points and 90 points."
    )


def test_summary_counts_missing_values():
    assert chart(74, None, 82).summary.endswith("1 of 3 values are missing.")


def test_summary_of_nothing_says_so():
    assert chart(None).summary == "Nothing was measured yet."
    assert chart().summary == "Nothing was measured yet."


def test_noted_points_are_a_trace_of_their_own():
    noted = Point(at=START, value=80, note="Probes v3", kind="rule")
    figure = Chart(key="a", title="Score", points=[noted]).figure

    assert [trace["name"] for trace in figure["data"]] == ["Score", "Events"]
    assert figure["data"][1]["text"] == ["Probes v3"]


def test_plotly_is_served_from_its_package():
    found = finders.find("plotly/plotly.min.js")

    assert isinstance(found, str)
    assert found.endswith("package_data/plotly.min.js")
    assert finders.find("plotly/widgetbundle.js") is None


def test_guards_name_every_style_element_that_plotly_would_add():
    guards = style_guards()

    assert guards
    assert all(len(guard) == 64 for guard in guards)


@pytest.mark.parametrize("value", [3.0, 3])
def test_whole_numbers_have_no_decimals(value):
    assert chart().words(value) == "3 points"
