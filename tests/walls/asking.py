"""Requests made of another portal's ids, keys and addresses, in every place of every route."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

import webapp.web
from tests.walls.places import Place
from tests.web.people import browser_of, token_on
from webapp.walls import outside_portals

ENDING = ("auth.logout",)
"""What would only end the asking."""

FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial"}
_FIELD = re.compile(r"""(?:name="|\.get(?:list)?\("|")([a-z_]{1,20})"(?= value| in request|[,)>\s])""")
DECIDED = ("unlink", "mark-inactive", "restore", "leave", "create", "nothing")
WORDS = ("", "1", "all", "merge", "clone", "skip", "name", "failed", "on", "true", "ask", "\0", "-1", "%")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request, to be told and to be repeated."""

    profile: str
    method: str
    address: str
    query: dict[str, list[str]]
    form: dict[str, list[str]]
    headers: dict[str, str]


@dataclass(slots=True)
class Findings:
    """What came of many requests: how they were answered, and which answers told of the other portal.

    ``reads`` of them only asked to read: what changes something leads elsewhere, and does not answer 200.
    ``answered`` are those who were shown something.
    """

    statuses: dict[int, int] = field(default_factory=dict)
    reads: int = 0
    endpoints: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    leaks: list[Asked] = field(default_factory=list)
    faults: list[Asked] = field(default_factory=list)


@cache
def fields() -> tuple[str, ...]:
    """Name what pages send and views read, as far as the sources tell."""
    root = Path(webapp.web.__file__).parent
    texts = (each.read_text("utf-8") for end in ("*.py", "*.html") for each in sorted(root.rglob(end)))
    return tuple(sorted({name for text in texts for name in _FIELD.findall(text)} - {"csrf_token"}))


def ask_around(
    app: Flask, own: Place, other: Place, *, seed: int, requests: int, askers: Sequence[str] = ()
) -> Findings:
    """Ask as people of one portal for what is another's, and see whether an answer tells of it.

    All of them ask, unless some are named.
    """
    chance = random.Random(seed)
    found = Findings()
    browsers: dict[str, tuple[FlaskClient, str]] = {}
    asking = askers or list(own.askers)
    for rule, asked in _requests(app, own, other, chance, requests, asking):
        answer = _ask(app, own, browsers, asked)
        text = text_of(answer)
        told = text + "".join(f"{name}: {value}\n" for name, value in answer.headers)
        found.statuses[answer.status_code] = found.statuses.get(answer.status_code, 0) + 1
        found.reads += asked.method == "GET"
        found.endpoints.add(rule.endpoint)
        if answer.status_code == 200:
            found.answered.add(asked.profile)
        if other.secret in told:
            found.leaks.append(asked)
        if answer.status_code >= 500:
            found.faults.append(asked)
    return found


def text_of(answer: TestResponse) -> str:
    """Return what an answer says, of an archive what is packed in it."""
    if answer.mimetype != "application/zip":
        return answer.get_data(as_text=True)
    with ZipFile(BytesIO(answer.get_data())) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


def _requests(
    app: Flask, own: Place, other: Place, chance: random.Random, number: int, askers: Sequence[str]
) -> Iterator[tuple[Rule, Asked]]:
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, rule.rule))
    rules = [rule for rule in rules if rule.endpoint not in (*ENDING, "static")]
    with app.test_request_context():
        addresses = app.url_map.bind("localhost")
    for turn in range(number):
        # Every route in turn, so that a short run asks them all as well.
        rule = rules[turn % len(rules)]
        values = {name: _value(name, own, other, chance) for name in rule.arguments}
        method = chance.choice(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        yield (
            rule,
            Asked(
                profile=chance.choice(askers),
                method=method,
                address=addresses.build(rule.endpoint, values, method=method),
                query=_data(own, other, chance, most=4),
                form={} if method == "GET" else _data(own, other, chance, most=6),
                headers=_headers(own, other, chance),
            ),
        )


def _value(name: str, own: Place, other: Place, chance: random.Random) -> Any:
    """Choose what stands in an address: half of the time what is another portal's."""
    place = chance.choice((own, other))
    if name in place.ids:
        return chance.choice(place.ids[name])
    known = {"provider": "ledgerly", "position": chance.randint(1, 3), "word": chance.choice(DECIDED)}
    return known.get(name) or _anything(own, other, chance)


def _data(own: Place, other: Place, chance: random.Random, *, most: int) -> dict[str, list[str]]:
    names = chance.sample(fields(), chance.randint(0, most))
    return {name: [_anything(own, other, chance) for _ in range(chance.randint(1, 3))] for name in names}


def _anything(own: Place, other: Place, chance: random.Random) -> str:
    if chance.random() < 0.2:
        return chance.choice(WORDS)
    place = other if chance.random() < 0.75 else own
    return chance.choice(place.ids[chance.choice(sorted(place.ids))])


def _headers(own: Place, other: Place, chance: random.Random) -> dict[str, str]:
    headers = dict(FRAGMENT) if chance.random() < 0.5 else {}
    page = f"http://localhost/p/{other.key}/runs/{chance.choice(other.ids['run_id'])}"
    for name in ("Referer", "HX-Current-URL", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix"):
        if chance.random() < 0.2:
            headers[name] = page
    if chance.random() < 0.2:
        headers["HX-Target"] = _anything(own, other, chance).replace("\0", "")
    return headers


def _ask(app: Flask, own: Place, browsers: dict[str, tuple[FlaskClient, str]], asked: Asked) -> TestResponse:
    with outside_portals():
        if asked.profile not in browsers:
            browser = browser_of(app, own.askers[asked.profile])
            browsers[asked.profile] = browser, token_on(browser.get("/account/").text)
        browser, token = browsers[asked.profile]
        answer = browser.open(
            asked.address,
            method=asked.method,
            query_string=asked.query,
            data={} if asked.method == "GET" else {**asked.form, "csrf_token": token},
            headers=asked.headers,
        )
        answer.get_data()
    if "/login" in answer.headers.get("Location", "") + answer.headers.get("HX-Redirect", ""):
        del browsers[asked.profile]
    return answer
