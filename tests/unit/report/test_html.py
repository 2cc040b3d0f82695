from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from overheal.model import Totals
from overheal.report.html import render_html
from tests.unit.report import hostile, sample

ALLOWED = frozenset(
    {"html", "head", "meta", "title", "style", "body", "main", "header", "section", "article"}
    | {"footer", "p", "h1", "h2", "h3", "ol", "ul", "li", "a", "span", "figure", "figcaption"}
    | {"div", "dl", "dt", "dd", "details", "summary", "code"}
    | {"table", "thead", "tbody", "tr", "th", "td"}
    | {"svg", "g", "path", "line", "rect", "text"}
)
VOID = {"meta"}


class Page(HTMLParser):
    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.style: list[str] = []
        self.open: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        (self.style if self.open and self.open[-1] == "style" else self.words).append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render_html(sample.report()))


@pytest.fixture(scope="module")
def hostile_page() -> Page:
    return Page(render_html(hostile.report()))


def test_every_finding_is_told_with_its_reason_numbers_and_next_step(page):
    for finding in sample.findings():
        if finding.inhibited_by:
            continue
        for words in (finding.summary, finding.reason, finding.next_step, finding.detector):
            assert words in page.text
        for member in finding.members[:100]:
            assert member in page.text
    assert (
        "shop/ledger was recovered 293 times within an hour (actionable, explained by this)"
        in page.text
    )
    for note in sample.NOTES:
        assert note in page.text


def test_every_finding_with_something_to_draw_has_its_pictures(page):
    drawn = [attrs["id"] for tag, attrs in page.tags if tag == "svg"]
    assert drawn == [
        "finding-1-gaps",
        "finding-1-timeline",
        "finding-2-values",
        "finding-2-timeline",
        "finding-3-timeline",
        "finding-4-states",
    ]


def test_nothing_is_fetched_from_anywhere(page, hostile_page):
    for read in (page, hostile_page):
        for tag, attrs in read.tags:
            assert not {
                "src",
                "srcset",
                "data",
                "action",
                "background",
                "xlink:href",
                "ping",
            } & set(attrs)
            if "href" in attrs:
                assert tag == "a"
                assert re.fullmatch(r"#finding-\d+", attrs["href"])
            for value in attrs.values():
                assert "url(" not in (value or "") or attrs.get("name") == "description"
        style = " ".join(read.style)
        assert "url(" not in style
        assert "@import" not in style
        assert "http" not in style


def test_the_policy_of_the_page_forbids_everything_but_its_own_style(page):
    [policy] = [
        attrs["content"]
        for tag, attrs in page.tags
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_the_page_holds_no_script_and_only_known_elements(page, hostile_page):
    for read in (page, hostile_page):
        assert {tag for tag, _ in read.tags} <= ALLOWED
        for _, attrs in read.tags:
            assert not [name for name in attrs if name.startswith("on")]
        assert read.open == []


def test_ids_are_unique_and_every_label_has_its_target(page):
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for _, attrs in page.tags:
        for name in ("aria-labelledby",):
            if name in attrs:
                assert attrs[name] in ids
        if "href" in attrs:
            assert attrs["href"].removeprefix("#") in ids


def test_hostile_input_is_text_and_nothing_else(hostile_page):
    markup = render_html(hostile.report())
    assert "<script" not in markup
    assert "<img" not in markup
    assert "<!--" not in markup
    assert all(line.isprintable() for line in markup.split("\n"))
    assert "<script>alert(1)</script>" in hostile_page.text
    assert "{{ 7 * 7 }}" in hostile_page.text
    plain = sum(tag == "svg" for tag, _ in Page(render_html(sample.report())).tags)
    assert sum(tag == "svg" for tag, _ in hostile_page.tags) >= plain


def test_the_page_follows_the_readers_light_or_dark_and_prints(page):
    style = " ".join(page.style)
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style
    assert ("meta", {"name": "color-scheme", "content": "light dark"}) in page.tags


def test_every_colour_of_a_picture_has_its_counterpart_in_the_dark(page):
    style = " ".join(page.style)
    inside = False
    for tag, attrs in page.tags:
        inside = inside or tag == "svg"
        if not inside:
            continue
        for name in ("fill", "stroke"):
            color = attrs.get(name)
            if color and color.startswith("#"):
                assert f'[{name}="{color}"]' in style
        if tag == "footer":
            break


def test_the_whole_verdict_is_in_the_page_and_its_lead_is_the_heading(page):
    contents = [
        attrs.get("content") for tag, attrs in page.tags if attrs.get("name") == "description"
    ]
    assert contents == [sample.report().verdict]
    assert "4 things need attention, 2 of them now 1." not in page.text
    assert "4 things need attention, 2 of them now" in page.text


def test_an_empty_run_has_a_page_without_findings():
    page = Page(render_html(sample.report(findings=[], services=[], totals=Totals(), notes=[])))
    assert "Nothing could be judged: the input held no events." in page.text
    assert "article" not in {tag for tag, _ in page.tags}


def test_the_page_is_the_same_every_time():
    assert render_html(sample.report()) == render_html(sample.report())


def test_the_first_screen_names_twenty_findings_and_counts_the_rest():
    some = sample.report()
    many = [
        some.findings[0].model_copy(update={"id": f"f{n}", "inhibited_by": None}) for n in range(23)
    ]
    page = render_html(some.model_copy(update={"findings": many}))
    contents = page[page.index('<ol class="contents">') :]
    assert contents[: contents.index("</ol>")].count("<li") == 20
    assert "And 3 more below." in page
    assert page.count("<article") == 23
