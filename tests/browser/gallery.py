"""Take pictures of every page in every state: ``python -m tests.browser.gallery FOLDER [part of a name]``.

1440 and 390 wide, light and dark, the whole length of each page.
"""

from __future__ import annotations

import re
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright

from tests.browser.stage import (
    scenes_clients,
    scenes_connections,
    scenes_custom,
    scenes_door,
    scenes_imports,
    scenes_lists,
    scenes_members,
    scenes_plugins,
    scenes_projects,
    scenes_records,
    scenes_runs,
    scenes_sync,
    scenes_undo,
    scenes_waiting,
    scenes_webhooks,
)
from tests.browser.stage.scenes import SCENES, Shown
from tests.browser.stage.server import MAIL, Street
from tests.chromium import ARGUMENTS, find_chromium, why_missing
from tests.web.pages import pages_app
from webapp.embedded import EmbeddedPostgres, EmbeddedValkey
from webapp.store import schema
from webapp.walls import across_portals

AREAS = (
    scenes_clients,
    scenes_connections,
    scenes_custom,
    scenes_imports,
    scenes_lists,
    scenes_members,
    scenes_plugins,
    scenes_projects,
    scenes_records,
    scenes_runs,
    scenes_waiting,
    scenes_sync,
    scenes_undo,
    scenes_webhooks,
    scenes_door,
)
"""The modules with scenes; importing them makes the scenes known."""

WIDTHS = {1440: 900, 390: 844}
SCHEMES = ("light", "dark")


def main(folder: Path, part: str = "") -> None:
    """Take the pictures of all scenes, or of those with a part of their name."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as running:
        place = Path(running.enter_context(TemporaryDirectory()))
        postgres = running.enter_context(EmbeddedPostgres(place / "postgres", durable=False))
        valkey = running.enter_context(EmbeddedValkey(place / "valkey", durable=False))
        app = running.enter_context(pages_app(postgres.url, valkey.url, **MAIL))
        owner = postgres.owner_url.replace("://", "+psycopg://")
        schema.upgrade(owner, application_role=urlsplit(postgres.url).username or "")
        running.enter_context(across_portals())
        street = Street(postgres.url, valkey.url, running)
        program = find_chromium()
        if program is None:
            raise SystemExit(why_missing())
        playwright = running.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        for name, scene in SCENES.items():
            if part in name:
                with app.app_context():
                    shown = scene()
                picture(browser, street.address(shown.house), shown, folder / re.sub(r"\W+", "-", name))
                print(name, flush=True)


def picture(browser: Browser, url: str, shown: Shown, path: Path) -> None:
    """Take the pictures of one scene."""
    for width, height in WIDTHS.items():
        for scheme in SCHEMES:
            look = {"is_mobile": True, "has_touch": True} if width < 768 else {}
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-GB", **look
            )
            if shown.portal:
                context.add_cookies([{"name": "tandem", "value": shown.portal.token, "url": url}])
            page = context.new_page()
            page.goto(url + shown.address)
            if shown.then is not None:
                shown.then(page)
            page.screenshot(path=f"{path}-{width}-{scheme}.png", full_page=True)
            context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
