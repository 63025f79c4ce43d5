"""The real application with its own data, in this process, for the tests of linked data."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from apiflask import APIFlask

from dutygraph.linked.library import Library
from dutygraph.settings import Settings
from dutygraph.web.app import create_app

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ADDRESS = "https://council.example.org/"
_HREF = re.compile(r'href="([^"]*)"')


class Page(HTMLParser):
    """What the tests look at on a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.words: dict[str, str] = {}
        self.bare_links = 0
        self._open: str | None = None
        self._in_link = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag and its attributes."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self._open = tag if tag in ("h1", "title") else self._open
        if tag == "a":
            self.bare_links += 1
            self._in_link = True

    def handle_endtag(self, tag: str) -> None:
        """Note that a heading or a link ends."""
        self._in_link = self._in_link and tag != "a"
        self._open = None if tag == self._open else self._open

    def handle_data(self, data: str) -> None:
        """Note the words of a heading, and that a link has any."""
        if self._in_link and data.strip():
            self.bare_links -= 1
            self._in_link = False
        if self._open:
            self.words[self._open] = self.words.get(self._open, "") + data


def links_in(html: str) -> set[str]:
    """The internal links of a page, without fragments."""
    found = {link.replace("&amp;", "&").partition("#")[0] for link in _HREF.findall(html)}
    return {link for link in found if link.startswith("/") and not link.startswith("//")}


@pytest.fixture(scope="session", name="app")
def application() -> APIFlask:
    """The application, with its public address set as an operator would."""
    settings = Settings(public_address=ADDRESS, read_rate=0, work_rate=0, store=None)
    return create_app(settings, library=Library())


@pytest.fixture(name="client")
def test_client(app: APIFlask) -> Any:
    """A client of the application."""
    return app.test_client()


@pytest.fixture(scope="session", name="library")
def the_library(app: APIFlask) -> Library:
    """What the application knows."""
    library: Library = app.extensions["dutygraph"].linked
    return library
