import time

import pytest

from portal.lib.markdown import LONGEST, to_html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](  JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>1</script>)",
        "[x](vbscript:1)",
        '[x](https://a.example "\\" onmouseover=alert(1) ")',
        "![x](javascript:alert(1))",
        "<a href='javascript:alert(1)'>x</a>",
        '<p style="position:fixed">x</p>',
        "<svg/onload=alert(1)>",
        '```x" onclick="alert(1)\ncode\n```',
        "<iframe src=//evil.example></iframe>",
    ],
)
def test_hostile_text_leaves_no_active_markup(hostile):
    import html.parser

    class Reader(html.parser.HTMLParser):
        tags: list[str] = []
        names: list[str] = []

        def handle_starttag(self, tag, attrs):
            self.tags.append(tag)
            for name, value in attrs:
                self.names.append(name)
                assert not (value or "").strip().lower().startswith(("javascript:", "data:", "vb"))

    reader = Reader()
    reader.feed(to_html(hostile))

    assert not {"script", "iframe", "svg", "style"} & set(reader.tags)
    assert not [name for name in reader.names if name.startswith("on") or name == "style"]


def test_headings_start_below_the_page_and_can_be_linked_to():
    html = to_html("# Same words\n\n## Same words\n\ntext")

    assert '<h2 id="s-same-words">Same words</h2>' in html
    assert '<h3 id="s-same-words-2">Same words</h3>' in html


def test_links_out_do_not_tell_where_they_were():
    assert 'rel="noopener noreferrer nofollow"' in to_html("[x](https://a.example/)")


def test_pictures_come_from_the_portal_only():
    html = to_html("![a](/static/a.png) ![b](https://evil.example/b.png)")

    assert 'src="/static/a.png"' in html
    assert "evil" not in html


def test_tables_code_and_lists_are_kept():
    html = to_html("| a |\n|---|\n| 1 |\n\n```python\nx < y\n```\n\n3. c\n\n~~old~~")

    assert "<td>1</td>" in html
    assert '<code class="language-python">x &lt; y' in html
    assert '<ol start="3">' in html
    assert "<s>old</s>" in html


def test_too_long_text_is_cut_and_says_so():
    html = to_html("a" * (LONGEST + 5))

    assert f"Cut after {LONGEST} characters" in html


def test_deep_nesting_ends_quickly():
    begun = time.monotonic()
    to_html(">" * 5_000 + "x")
    to_html("[" * 20_000)

    assert time.monotonic() - begun < 5
