"""HTML as Markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.importers.descriptions import plain, to_html, to_markdown


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("", ""),
        ("Plain  words\n here", "Plain words here"),
        ("<p>One</p><br><p>Two<br>lines</p>", "One\n\nTwo\\\nlines"),
        ("<b>Bold </b>and<em> soft</em>", "**Bold** and *soft*"),
        ("<a href='https://a.example/(x)'>so</a>", "[so](<https://a.example/(x)>)"),
        ("<a href='https://a.example/'></a>x", "x"),
        ("<ul><li>a</li><li>b</li></ul><p>c</p>", "- a\n- b\n\nc"),
        ("<ol><li>a</li><li>b<ul><li>c</li></ul></li></ol>", "1. a\n2. b\n   - c"),
        ("<h2>Head</h2>text", "## Head\n\ntext"),
        ("5 * 3 _x_ [y] &lt;z&gt;", "5 \\* 3 \\_x\\_ \\[y\\] \\<z\\>"),
        ("# no heading", "\\# no heading"),
        ("<p>1. no list</p>", "1\\. no list"),
        ("<code>a*b</code>", "`a*b`"),
        ("<u>kept</u> <font color=red>words</font>", "kept words"),
        ("<script>x()</script>y<style>z</style>", "y"),
    ],
)
def test_html_becomes_markdown_that_says_the_same(html, markdown):
    assert to_markdown(html) == markdown


@given(st.text())
def test_nothing_dangerous_comes_back(text):
    html = to_html(to_markdown(f"<p>{text}</p><script>{text}</script>"))
    assert "<script" not in html


@given(st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), max_size=40))
def test_words_come_back_as_they_were(text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    shown = plain(to_html(to_markdown(f"<p>{escaped}</p>")))
    assert " ".join(shown.split()) == " ".join(text.split())
