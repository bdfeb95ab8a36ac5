from django.utils.html import format_html
from hypothesis import given
from hypothesis import strategies as st

from portal.audit.sentences import LONGEST_VALUE, Difference, differences, sentence, shown
from portal.lib.registry import audit_sentences


def read(template: str | None, **fields: object) -> str:
    given = {"verb": "a.b", "actor": "Ada", "subject": "Checkout", "before": None, "after": None}
    return str(sentence(template, **(given | fields)))


def test_fields_of_before_and_after_are_filled_in():
    said = read(
        "{actor} moved {subject} from {before[tier]} to {after[tier]}",
        before={"tier": 3},
        after={"tier": 1},
    )

    assert said == "Ada moved Checkout from 3 to 1"


def test_a_missing_field_reads_as_nothing():
    assert read("{actor} set {after[tier]}", after={}) == "Ada set nothing"
    assert read("{actor} set {after[tier]}") == "Ada set nothing"


def test_a_verb_without_a_sentence_reads_by_its_words():
    assert read(None, verb="service.refresh_requested") == "Ada: refresh requested (Checkout)"


def test_values_are_escaped_and_html_of_ours_stays():
    said = read(
        "{actor} named {subject} {after[name]}",
        actor=format_html("<b>{}</b>", "A&B"),
        subject="<i>x</i>",
        after={"name": "<script>"},
    )

    assert said == "<b>A&amp;B</b> named &lt;i&gt;x&lt;/i&gt; &lt;script&gt;"


@given(st.text(), st.text())
def test_no_value_is_taken_for_a_template(name, value):
    said = read("{actor}", actor=name)

    assert said == str(format_html("{}", name))
    assert read("{after[x]}", after={"x": "{actor}" + value}).startswith("{actor}")


def test_every_registered_sentence_can_be_read():
    for entry in audit_sentences:
        assert "Ada" in read(entry.sentence) or "{actor}" not in entry.sentence


def test_differences_leave_out_what_stayed():
    found = differences({"a": 1, "b": [1, 2], "c": "x"}, {"a": 1, "b": [1], "d": True})

    assert found == [
        Difference("b", "1, 2", "1"),
        Difference("c", "x", ""),
        Difference("d", "", "yes"),
    ]
    assert [item.kind for item in found] == ["changed", "removed", "added"]


def test_differences_of_something_new_are_all_its_fields():
    assert differences(None, {"a": 0, "b": None}) == [Difference("a", "", "0")]


def test_differences_of_what_is_no_mapping_are_none():
    assert differences(["a"], "b") == []


def test_long_values_are_cut():
    assert len(shown("x" * 1000)) == LONGEST_VALUE + 2


def test_nested_values_are_shown_as_json():
    assert shown({"a": [1, {"b": "ü"}]}) == '{"a": [1, {"b": "ü"}]}'
