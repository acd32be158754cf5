"""Debian's Chromium without a screen, for the tests of HTML pages: what a page says, asks for and shows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
needs_chromium = pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed")
SIZE = {"width": 1440, "height": 900}
# what a report may hold that must stay text; each would set `pwned` or load something, were it not
ATTACKS = (
    "<script>window.pwned=1</script>",
    '"><img src="http://example.invalid/x.png" onerror="window.pwned=1">',
    "</script><script>window.pwned=1</script>",
    "{{7*7}} ${7*7} <b>negrita</b>",
    "\u2028window.pwned=1//' onclick='window.pwned=1",
    "javascript:window.pwned=1",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; where there is none the test is skipped, and fails in continuous integration."""
    path = shutil.which("chromium")
    if path is None:
        said = "Chromium is missing: apt-get install chromium"
        pytest.fail(said) if os.environ.get("CI") else pytest.skip(said)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def page_in_chromium(complaints: list[str]) -> Iterator[Page]:
    """An empty page. `complaints` gathers what the console reports beyond plain notes, and errors of scripts."""
    with chromium() as browser:
        context = browser.new_context(viewport={"width": 1280, "height": 1400}, offline=True, accept_downloads=True)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page


@dataclass(slots=True)
class Visit:
    """A page that was opened, with what it complained of and asked for since."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def is_clean(self) -> bool:
        """No complaint on the console, nothing asked of a network, nothing run that a report brought."""
        assert self.complaints == []
        assert [url for url in self.asked if not url.startswith(("file:", "data:"))] == []
        assert self.page.evaluate("window.pwned") is None
        return True

    def violations(self) -> list[str]:
        """What axe holds against the page, by its rules' names and where."""
        found = Axe().run(self.page).response["violations"]
        return [f"{v['id']}: {[n['html'][:90] for n in v['nodes'][:3]]}" for v in found]


@contextmanager
def visit(browser: Browser, path: Path, anchor: str = "") -> Iterator[Visit]:
    """The page at `path` in a window of its own."""
    context = browser.new_context(viewport=SIZE, locale="es-CO")  # type: ignore[arg-type]
    seen = Visit(context.new_page())
    seen.page.on("console", lambda m: seen.complaints.append(m.text) if m.type in ("error", "warning") else None)
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.on("request", lambda request: seen.asked.append(request.url))
    seen.page.on("dialog", lambda dialog: seen.complaints.append(f"dialog {dialog.message}"))
    seen.page.goto(path.as_uri() + anchor)
    yield seen
    context.close()
