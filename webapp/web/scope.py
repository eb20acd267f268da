"""Where an import goes, into the portal or into one project of it: who may, and where its pages lie.

The pages of choosing, reviewing and carrying out are the same for both. Their blueprints are registered once
more under the address of a project, and ask here which of the two a request is about.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, g, url_for

from webapp.services import runs
from webapp.services.errors import NotFound
from webapp.services.project_rights import IMPORTING
from webapp.store.projects import Project
from webapp.store.runs import Run
from webapp.web.permissions import may, may_here, needs

View = TypeVar("View", bound=Callable[..., Any])

IN_PROJECT = "project_"
"""What the names of these blueprints begin with under the address of a project."""


def bind(app: Flask) -> None:
    """Tell an application's templates where an import goes."""
    app.jinja_env.globals["scope"] = scope


def to_import(view: View) -> View:
    """Declare that a view is for whoever may import where its address says."""
    return needs("finance", "clients.manage", in_project=IMPORTING, standing="member")(view)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where an import goes: into the ``project`` of the request, or into the portal."""

    project: Project | None

    @property
    def project_id(self) -> uuid.UUID | None:
        """The project's id, None for the portal."""
        return self.project.id if self.project else None

    @property
    def words(self) -> str:
        """What it is called in a sentence."""
        return f"“{self.project.name}”" if self.project else "the portal"

    @property
    def may_import(self) -> bool:
        """Whether the user may import there."""
        if self.project is None:
            return may("finance", "clients.manage")
        return may(*IMPORTING) and may_here("member")

    @property
    def may_see_clients(self) -> bool:
        """Whether the user may see whom it comes to."""
        return self.project is not None or may("clients.manage")

    @property
    def clients(self) -> str:
        """The address of the client users it comes to."""
        return url_for("project_users.index", type="clients") if self.project else url_for("customers.index")

    @property
    def crumbs(self) -> list[tuple[str, str]]:
        """What leads to the pages of the import."""
        if self.project is None:
            return [("Setup", ""), ("Client users", self.clients)]
        return [
            ("Projects", url_for("projects.index")),
            (self.project.name, url_for("projects.show")),
            ("Client users", self.clients),
        ]

    def address(self, endpoint: str, **values: Any) -> str:
        """Return the address of a page of importing, reviewing or running here."""
        return url_for(f"{IN_PROJECT}{endpoint}" if self.project else endpoint, **values)

    def run(self, run_id: uuid.UUID) -> Run:
        """Find a run that goes here; one that goes elsewhere is not there."""
        found = runs.run(g.portal.id, run_id)
        if found.project_id != self.project_id:
            raise NotFound("There is no such import here. It goes somewhere else: look among the runs.")
        return found


def scope() -> Scope:
    """Tell what the request is about."""
    return Scope(project=g.get("project"))
