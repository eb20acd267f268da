"""Where picked customers go, into the portal or into a project, and how the rows stand because of that."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import ColumnElement, and_, case, exists, false, func, not_, or_, select

from webapp.extensions import db
from webapp.store.links import Link
from webapp.store.mirror import MirrorCustomer
from webapp.store.portals import Portal
from webapp.store.projects import Project, ProjectCustomer
from webapp.store.runs import Run
from webapp.store.searched import searched

M = searched(MirrorCustomer)

_linked = M.known_by == "link"
_named = M.known_by == "name"
_never = M.known_by == "never"


@dataclass(frozen=True)
class PickScope:
    """A project with its ``currency``, or the portal; a customer without a currency counts as of ``base``."""

    project_id: uuid.UUID | None = None
    currency: str = ""
    base: str = ""

    @cached_property
    def other_currency(self) -> ColumnElement[bool]:
        """Rows that a project does not take for their currency."""
        if self.project_id is None:
            return false()
        return func.coalesce(func.nullif(M.currency, ""), self.base) != self.currency

    @cached_property
    def in_project(self) -> ColumnElement[bool]:
        """Rows whose customer here is in the project already."""
        if self.project_id is None:
            return false()
        return exists().where(
            Link.portal_id == M.portal_id,
            Link.connection_id == M.connection_id,
            Link.kind == "customer",
            Link.their_id == M.their_id,
            ProjectCustomer.portal_id == Link.portal_id,
            ProjectCustomer.customer_id == Link.our_id,
            ProjectCustomer.project_id == self.project_id,
        )

    @cached_property
    def state(self) -> ColumnElement[str]:
        """The state of a row."""
        usual = (
            (_linked, "imported"),
            (_never, "never"),
            (not_(M.active), "inactive"),
            (_named, "same_name"),
        )
        if self.project_id is None:
            return case(*usual, else_="new")
        kept_out = ((self.other_currency, "other_currency"), (self.in_project, "in_project"))
        return case(*kept_out, *usual, else_="new")

    @cached_property
    def selectable(self) -> ColumnElement[bool]:
        """Rows that can be ticked; those gone are never among the picks."""
        if self.project_id is None:
            return and_(not_(_linked), not_(_never))
        return and_(not_(self.other_currency), not_(self.in_project), not_(_never))

    @cached_property
    def usually_shown(self) -> ColumnElement[bool]:
        """Rows that are shown unless somebody asks for those that are inactive there."""
        if self.project_id is None:
            return or_(M.active, _linked, _never)
        return self.state != "inactive"

    def in_state(self, state: str) -> ColumnElement[bool]:
        """Put the condition that a row is in a state."""
        if self.project_id is not None:
            return self.state == state
        return {
            "imported": _linked,
            "never": _never,
            "inactive": and_(not_(M.active), not_(_linked), not_(_never)),
            "same_name": and_(M.active, _named, not_(_never)),
            "new": and_(M.active, M.known_by == "", not_(_never)),
        }.get(state, false())


PORTAL = PickScope()


def scope_of(run: Run) -> PickScope:
    """Tell where a run goes."""
    if run.project_id is None:
        return PORTAL
    query = select(Project.currency, Portal.currency.label("base")).join(
        Portal, Portal.id == Project.portal_id
    )
    row = db.session.execute(
        query.where(Project.portal_id == run.portal_id, Project.id == run.project_id)
    ).one()
    return PickScope(project_id=run.project_id, currency=row.currency, base=row.base)
