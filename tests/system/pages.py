"""A browser without scripts: opens pages, presses buttons, follows links, and reads what pages say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

PAGE_TIMEOUT = 60
UNSEEN = ("script", "style", "title")
Values = Mapping[str, str | Sequence[str]]


@dataclass(slots=True)
class Control:
    """A field or a button: of which form, and what it would send."""

    form: str
    kind: str
    name: str
    value: str
    sent: bool
    target: str = ""
    words: str = ""


@dataclass(slots=True)
class Form:
    """Where a form leads, and how."""

    action: str = ""
    method: str = "get"


@dataclass(slots=True)
class Page:
    """What an answer shows: its words, links, forms."""

    url: str
    status: int
    html: str
    words: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)
    forms: dict[str, Form] = field(default_factory=dict)
    controls: list[Control] = field(default_factory=list)

    def __contains__(self, words: str) -> bool:
        return words in self.words

    def values(self, name: str) -> list[str]:
        """Return the values of all controls of a name that can be used."""
        return [each.value for each in self.controls if each.name == name and each.kind != "disabled"]


class Visitor:
    """Somebody with a browser that runs no script."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._session = requests.Session()
        self._session.trust_env = False

    def open(self, address: str, **query: str) -> Page:
        """Open an address, and follow where it leads."""
        return self._ask("GET", urljoin(self._base, address), params=query)

    def post(self, address: str, values: Values, **headers: str) -> Page:
        """Send values somewhere, without any form."""
        return self._ask("POST", urljoin(self._base, address), data=values, headers=headers)

    def follow(self, page: Page, words: str) -> Page:
        """Follow the first link with these words."""
        found = [address for label, address in page.links if words in label]
        assert found, f"{page.url} has no link {words!r}: {page.words[:2000]}"
        return self.open(found[0])

    def press(self, page: Page, words: str, **typed: str | Sequence[str]) -> Page:
        """Press the button with these words, after typing or ticking these values into its form."""
        buttons = [each for each in page.controls if each.kind == "submit" and words in each.words]
        assert buttons, f"{page.url} has no button {words!r}: {page.words[:2000]}"
        button, values = buttons[0], dict[str, list[str]]()
        for control in page.controls:
            if control.form == button.form and control.sent and control.name not in typed:
                values.setdefault(control.name, []).append(control.value)
        for name, value in typed.items():
            values[name] = [value] if isinstance(value, str) else list(value)
        if button.name:
            values[button.name] = [button.value]
        form = page.forms[button.form]
        address = urljoin(page.url, button.target or form.action)
        if form.method == "get":
            return self._ask("GET", address, params=values)
        return self._ask("POST", address, data=values)

    def _ask(self, method: str, address: str, **how: object) -> Page:
        answer = self._session.request(method, address, timeout=PAGE_TIMEOUT, **how)  # type: ignore[arg-type]
        page = Page(answer.url, answer.status_code, answer.text)
        _Reader(page).feed(answer.text)
        return page


class _Reader(HTMLParser):
    """Reads a page into its words, links, forms and controls."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._form = ""
        self._unseen = 0
        self._link: tuple[str, list[str]] | None = None
        self._button: tuple[Control, list[str]] | None = None
        self._select: Control | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self._unseen += tag in UNSEEN
        match tag:
            case "form":
                self._form = given.get("id") or f"form {len(self._page.forms)}"
                self._page.forms[self._form] = Form(
                    given.get("action", ""), given.get("method", "get").lower()
                )
            case "input":
                self._page.controls.append(self._input(given))
            case "button":
                self._button = self._control("submit", given, sent=False), []
            case "select":
                self._select = self._control("select", given, sent=False)
            case "option" if self._select:
                self._option(given)
            case "a" if "href" in given:
                self._link = urljoin(self._page.url, given["href"]), []

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in UNSEEN
        if tag == "form":
            self._form = ""
        elif tag == "a" and self._link:
            self._page.links.append((_spaced(self._link[1]), self._link[0]))
            self._link = None
        elif tag == "button" and self._button:
            self._button[0].words = _spaced(self._button[1])
            self._page.controls.append(self._button[0])
            self._button = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        self._page.words = " ".join([self._page.words, *data.split()])
        for place in (self._link, self._button):
            if place is not None:
                place[1].append(data)

    def _input(self, given: Mapping[str, str]) -> Control:
        kind = "disabled" if "disabled" in given else given.get("type", "text")
        sent = kind not in ("disabled", "submit") and (
            kind not in ("checkbox", "radio") or "checked" in given
        )
        return self._control(kind, given, sent=sent)

    def _control(self, kind: str, given: Mapping[str, str], *, sent: bool) -> Control:
        form, name = given.get("form", self._form), given.get("name", "")
        on = "on" if kind in ("checkbox", "radio") else ""
        return Control(
            form, kind, name, given.get("value", on), sent and bool(name), given.get("formaction", "")
        )

    def _option(self, given: Mapping[str, str]) -> None:
        assert self._select is not None
        kept = [
            each for each in self._page.controls if each.form == self._form and each.name == self._select.name
        ]
        if "selected" in given:
            for each in kept:
                each.sent = False
        option = self._control(
            "option", given | {"name": self._select.name}, sent="selected" in given or not kept
        )
        self._page.controls.append(option)


def _spaced(parts: list[str]) -> str:
    return " ".join(" ".join(parts).split())
