"""The score sheet in a real browser: keyboard, running total, handing in, and who sees what."""

from typing import Any

import pytest

from radar.models import Sheet
from tests.factories import make_evaluation, make_radar

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sheet_page(stage: Any, sign_in_page: Any) -> Any:
    """The engineer's empty sheet of the first candidate."""
    page = sign_in_page(stage.engineer)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(stage.addresses["radar:score"])
    return page


def total(page: Any) -> Any:
    return page.locator("#sum output")


def wait_until_scored(page: Any, number: int) -> None:
    page.locator("#sum .end", has_text=f"{number} of 10 scored").wait_for()


def score_with_keys(page: Any, scores: str) -> None:
    """A figure and Enter for each criterion, from the first on."""
    page.locator(".crit input").first.focus()
    for figure in scores:
        page.keyboard.press(figure)
        page.keyboard.press("Enter")


def test_sheet_is_scored_with_the_keyboard_and_handed_in(sheet_page, stage):
    score_with_keys(sheet_page, "443424334")
    wait_until_scored(sheet_page, 9)
    assert total(sheet_page).inner_text() == "\N{EN DASH}"
    with sheet_page.expect_response(lambda response: response.request.method == "POST"):
        sheet_page.keyboard.press("5")

    sheet_page.locator("#sum .verdict", has_text="Strong adopt candidate").wait_for()
    assert total(sheet_page).inner_text() == "36"
    assert sheet_page.locator("#sub1").inner_text() == "17 of 25"
    assert sheet_page.locator(".thr [aria-current]").inner_text().startswith("35 up")

    sheet_page.keyboard.press("Enter")
    assert sheet_page.evaluate("document.activeElement.textContent") == "Hand in"
    sheet_page.keyboard.press("Enter")
    sheet_page.get_by_text("Your sheet of htmx is handed in.").wait_for()
    assert "candidate=1" in sheet_page.url
    sheet = Sheet.objects.get(person_name=stage.engineer.name)
    assert sheet.is_handed_in
    assert [row["score"] for row in sheet.scores.values()] == [4, 4, 3, 4, 2, 4, 3, 3, 4, 5]


def test_others_see_nothing_of_it_before_the_submission(sheet_page, stage, sign_in_page):
    score_with_keys(sheet_page, "5555555555")
    sheet_page.locator("#sum .verdict", has_text="Strong adopt candidate").wait_for()
    sheet_page.get_by_role("button", name="Hand in").click()
    sheet_page.get_by_text("is handed in.").wait_for()
    evaluation = stage.addresses["radar:score"].removesuffix("score/")

    other = sign_in_page(stage.admin)
    for address in (evaluation, f"{evaluation}score/", "/evaluations/", "/", "/audit/"):
        other.goto(address)
        text = other.locator("main").inner_text()
        assert "50 of 50" not in text
        assert "50 / 50" not in text
    other.goto(f"{evaluation}score/")
    assert other.locator(".crit input[value='5']:checked").count() == 0


def test_anchors_open_on_focus_and_nothing_moves(sheet_page):
    criteria = sheet_page.locator(".crit")
    places = "rows => rows.map(row => row.getBoundingClientRect().top)"
    before = criteria.evaluate_all(places)
    assert not sheet_page.get_by_text("Months, and only with help from outside.").is_visible()

    criteria.nth(3).locator("input").first.focus()

    assert sheet_page.get_by_text("Months, and only with help from outside.").is_visible()
    assert criteria.evaluate_all(places) == before


def test_evidence_is_saved_while_it_is_typed(sheet_page, stage):
    with sheet_page.expect_response(lambda response: response.request.method == "POST"):
        sheet_page.locator("#e-problem").press_sequentially("Both forms in a week.")

    sheet_page.get_by_text("Draft saved").wait_for()
    sheet = Sheet.objects.get(person_name=stage.engineer.name)
    assert sheet.scores["problem"]["evidence"] == "Both forms in a week."
    sheet_page.reload()
    assert sheet_page.locator("#e-problem").input_value() == "Both forms in a week."


def test_score_is_taken_away_again(sheet_page):
    score_with_keys(sheet_page, "4")
    wait_until_scored(sheet_page, 1)
    sheet_page.locator(".crit input").nth(3).focus()

    sheet_page.keyboard.press("Backspace")

    wait_until_scored(sheet_page, 0)


def test_second_window_is_shown_what_the_first_one_saved(sheet_page):
    second = sheet_page.context.new_page()
    second.goto(sheet_page.url)
    score_with_keys(sheet_page, "4")
    wait_until_scored(sheet_page, 1)

    score_with_keys(second, "2")

    second.get_by_role("heading", name="saved elsewhere meanwhile").wait_for()
    assert "Saved meanwhile: 4" in second.locator(".was").inner_text()
    assert second.locator(".crit input[value='2']").first.is_checked()


def test_sheet_works_without_script(stage, sign_in_page, browser, live_server):
    page = sign_in_page(stage.engineer)
    found = make_evaluation(make_radar("plain"), "Plain", scorers=[stage.engineer])
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies(page.context.cookies())
    plain = context.new_page()
    plain.goto(f"/evaluations/{found.pk}/score/")

    plain.locator(".crit").first.get_by_text("4", exact=True).first.click()
    plain.get_by_role("button", name="Save the draft").click()

    assert "The draft is saved." in plain.locator("main").inner_text()
    assert plain.locator(".crit input[value='4']").first.is_checked()
    context.close()
