import io

import pytest
from django.core.management import call_command

from portal.shell.management.commands.lint_templates import code_problems
from portal.shell.template_rules import problems_of

BAD = {
    '<p style="color:red">x</p>': "style attribute",
    '<p {% if x %}style="color:red"{% endif %}>x</p>': "style attribute",
    '<button onclick="go()">x</button>': "inline handler onclick",
    '<button hx-on:click="go()">x</button>': "inline handler hx-on:click",
    "<script>go()</script>": "<script> without src or nonce",
    "<style>p{}</style>": "<style> without a nonce",
    '<a href="javascript:go()">x</a>': "javascript: address",
    '<a hx-get="/x/">x</a>': "no href",
    '<form hx-get="/x/"></form>': "no action",
    '<button hx-get="/x/">x</button>': "use a link",
    '<button hx-post="/x/">x</button>': "use a form",
    '<form hx-post="/x/"></form>': "no action",
    '<input name="q">': "<input> has no label",
    '<input id="a"><label for="b">B</label>': "<input> has no label",
    '<select name="q"></select>': "<select> has no label",
    "{{ text|safe }}": "marks text as safe",
    "{% autoescape off %}{{ text }}{% endautoescape %}": "marks text as safe",
    '<a href="https://x.example" target="_blank">x</a>': "noopener",
    '{% include "no/such.html" %}': "doesn't exist",
    '{% extends "no/such.html" %}': "doesn't exist",
    "{% partial rows %}": "isn't defined",
    '<img src="/x.png">': "without alt",
}

FINE = [
    '<script src="/x.js" defer></script>',
    '<script nonce="{{ csp_nonce }}">go()</script>',
    '<script type="application/json">{}</script>',
    '<a href="/x/" hx-get="/x/">x</a>',
    '<a{% if url %} href="{{ url }}"{% endif %} hx-get="/x/">x</a>',
    '<form method="post" action="/x/" hx-post="/x/"></form>',
    '<div hx-get="/x/" hx-trigger="every 1s"></div>',
    '<label>Q <input name="q"></label>',
    '<label for="{{ field.id }}">Q</label><input id="{{ field.id }}">',
    '<input type="hidden" name="q">',
    '<input type="search" aria-label="Search" placeholder="1 > 0">',
    '<a target="_blank" rel="noopener noreferrer" href="/x/">x</a>',
    '{# <p style="color:red"> #}{% comment %}<p onclick="x">{% endcomment %}',
    '<p title="{% if a %}it\'s{% endif %}">one</p>',
    "{% partialdef rows %}x{% endpartialdef %}{% partial rows %}",
    '{% include "base.html" %}',
    "<p>{{ count }} safe places</p>",
]


@pytest.mark.parametrize(("template", "message"), BAD.items())
def test_each_rule_refuses_its_sample(template, message):
    found = problems_of("bad.html", f"\n{template}", {"base.html"})

    assert [message in problem.message for problem in found] == [True]
    assert found[0].line == 2


@pytest.mark.parametrize("template", FINE)
def test_what_is_right_passes(template):
    assert problems_of("fine.html", template, {"base.html"}) == []


def test_lines_count_through_comments_and_long_tags():
    text = '{% comment %}\n\n{% endcomment %}\n<p\n  class="x"\n>\n<p style="x">'

    assert [problem.line for problem in problems_of("x.html", text, set())] == [7]


def test_command_names_file_and_line_and_fails(tmp_path):
    (tmp_path / "page.html").write_text('<p>fine</p>\n<p style="x">bad</p>\n')
    out, err = io.StringIO(), io.StringIO()

    with pytest.raises(SystemExit) as exit_code:
        call_command("lint_templates", tmp_path, stdout=out, stderr=err)

    assert exit_code.value.code == 1
    assert f"{tmp_path}/page.html:2: <p> has a style attribute" in out.getvalue()
    assert "1 problems in 1 templates" in err.getvalue()


def test_code_that_marks_its_own_markup_safe_is_refused(tmp_path):
    (tmp_path / "tags.py").write_text('x = 1\nreturn mark_safe(f"<b>{x}</b>")\n# mark_safe("a")\n')

    assert [(problem.line) for problem in code_problems(tmp_path)] == [2]


def test_the_portals_own_templates_pass():
    out = io.StringIO()

    call_command("lint_templates", stdout=out)

    assert "templates are fine" in out.getvalue()
