"""The site as it is built: without a warning, whole, and asking nothing of any network."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import attrs
import pytest

pytest.importorskip("sphinx", reason="the extra `docs` is not installed")

ROOT = Path(__file__).parents[2]
LOADING = {
    ("script", "src"),
    ("img", "src"),
    ("iframe", "src"),
    ("source", "src"),
    ("link", "href"),
    ("use", "href"),
}
"""What a browser fetches by itself, unlike the target of a link that a reader may follow."""
NOT_FETCHED = {"index", "search", "next", "prev", "canonical", "author", "copyright"}
ELSEWHERE = re.compile(r"^(?:[a-z]+:)?//", re.IGNORECASE)


@attrs.define
class Page(HTMLParser):
    """What a page loads, what it links to, and what can be linked to in it."""

    loads: list[str] = attrs.field(factory=list)
    links: list[str] = attrs.field(factory=list)
    anchors: set[str] = attrs.field(factory=set)
    styles: list[str] = attrs.field(factory=list)
    in_style: bool = False

    def __attrs_pre_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attributes}
        self.in_style = tag == "style"
        self.anchors |= {told[name] for name in ("id", "name") if name in told}
        self.styles.append(told.get("style", ""))
        if told.get("rel") not in NOT_FETCHED:
            self.loads += [value for name, value in told.items() if (tag, name) in LOADING]
        if tag == "a" and told.get("href"):
            self.links.append(told["href"])

    def handle_endtag(self, tag: str) -> None:
        self.in_style = False

    def handle_data(self, data: str) -> None:
        if self.in_style:
            self.styles.append(data)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built afresh, with every warning an error."""
    out = tmp_path_factory.mktemp("site")
    build = subprocess.run(
        [sys.executable, "-m", "sphinx", "-b", "html", "-E", "-W", "--keep-going", "-q", str(ROOT / "docs"), str(out)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert build.returncode == 0, build.stderr
    return out


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    found = {}
    for path in sorted(site.rglob("*.html")):
        found[path] = Page()
        found[path].feed(path.read_text("utf-8"))
    return found


def asked_of_elsewhere(css: str) -> Iterator[str]:
    for quoted in re.findall(r"url\(([^)]*)\)|@import\s+([^;]+)", css):
        target = "".join(quoted).strip("'\" ")
        if ELSEWHERE.match(target):
            yield target


def test_the_site_has_the_pages_a_newcomer_looks_for(site: Path) -> None:
    for name in (
        "index",
        "why",
        "tutorial",
        "lifecycles/case",
        "reference/analytics",
        "glossary",
        "changelog",
    ):
        assert (site / f"{name}.html").is_file(), name


def test_pages_were_read(pages: dict[Path, Page]) -> None:
    assert len(pages) > 30
    assert all(page.loads and page.links and page.anchors for page in pages.values())


def test_no_page_asks_anything_of_a_network(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        assert not [target for target in page.loads if ELSEWHERE.match(target)], path.name
        assert not [target for css in page.styles for target in asked_of_elsewhere(css)], path.name


def test_no_style_sheet_asks_anything_of_a_network(site: Path) -> None:
    for path in site.rglob("*.css"):
        assert not list(asked_of_elsewhere(path.read_text("utf-8"))), path.name


def test_what_a_page_loads_is_there(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        for target in page.loads:
            file = urldefrag(target).url.partition("?")[0]
            assert target.startswith("data:") or (path.parent / file).exists(), (path.name, target)


def test_every_link_between_pages_resolves(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        for target in page.links:
            if ELSEWHERE.match(target) or target.startswith("mailto:"):
                continue
            url, anchor = urldefrag(target)
            goal = (path.parent / unquote(url)).resolve() if url else path
            assert goal.exists(), (path.name, target)
            # The search page and its like make their anchors when they are used.
            assert not anchor or goal not in pages or unquote(anchor) in pages[goal].anchors, (
                path.name,
                target,
            )


def test_every_lifecycle_page_shows_its_picture(site: Path) -> None:
    for path in (site / "lifecycles").glob("*.html"):
        assert 'class="relcore-lifecycle"' in path.read_text("utf-8"), path.name


def test_every_picture_that_a_page_draws_is_shown_with_its_words(site: Path) -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        asked = re.findall(r"^```\{drawn\} \w+\n(.+)$", page.read_text("utf-8"), re.MULTILINE)
        built = (site / page.relative_to(ROOT / "docs")).with_suffix(".html")
        shown = (
            re.findall(r'<img alt="([^"]+)" src="data:image/svg', built.read_text("utf-8")) if asked else []
        )
        assert shown == asked, page.name


def test_the_reference_has_the_names_that_users_import(site: Path) -> None:
    text = (site / "reference" / "analytics.html").read_text("utf-8")

    for name in ("BetaGeoNBD", "BetaGeoNBD.probability_alive", "GammaGamma", "Purchases.from_orders"):
        assert f'id="relcore.analytics.{name}"' in text, name
