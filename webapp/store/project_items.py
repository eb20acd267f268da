"""The items of an import into a project: whom it takes, whom it only adds, and whom it does not take."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import ColumnElement, func, select, text

from webapp.extensions import db
from webapp.store.customers import Customer
from webapp.store.portals import Portal
from webapp.store.projects import Project
from webapp.store.runs import Run

_GOES_THERE = """
    FROM project p JOIN portal ON portal.id = p.portal_id
    WHERE i.portal_id = :portal AND i.run_id = :run AND i.state = 'pending'
      AND p.portal_id = :portal AND p.id = :project
"""

_ONLY_ADDED = text(f"""
    UPDATE run_item i SET action = 'add', reason = ''
    {_GOES_THERE} AND i.action = 'blocked' AND EXISTS (
        SELECT FROM link l JOIN customer c ON c.portal_id = l.portal_id AND c.id = l.our_id
         WHERE l.portal_id = i.portal_id AND l.connection_id = :connection AND l.kind = 'customer'
           AND l.their_id = i.their_id AND l.our_id = i.our_id AND c.deleted_at IS NULL)
""")
"""What is in the portal and linked needs no import: it is only added to the project."""

_WITHIN = text(f"""
    UPDATE run_item i SET action = 'blocked', reason = CAST(:words AS jsonb) ->> 'in_project'
    {_GOES_THERE} AND i.action = 'add' AND EXISTS (
        SELECT FROM project_customer h WHERE h.portal_id = i.portal_id AND h.project_id = :project
           AND h.customer_id = i.our_id)
""")

_NOT_TAKEN = text("""
    UPDATE run_item AS item SET action = 'blocked', namesakes = 0, candidates = 0, basis = '', reason =
        replace(replace(CAST(:words AS jsonb) ->> 'other_currency', '{theirs}',
            held.currency), '{ours}', p.currency)
    FROM project p, (
        SELECT i.position, coalesce(nullif(
            CASE WHEN i.action = 'add' OR i.basis = 'before' THEN c.currency ELSE i.seen ->> 'currency'
            END, ''),
            portal.currency) AS currency
          FROM run_item i JOIN portal ON portal.id = i.portal_id
          LEFT JOIN customer c ON c.portal_id = i.portal_id AND c.id = i.our_id
         WHERE i.portal_id = :portal AND i.run_id = :run AND i.state = 'pending' AND i.action <> 'blocked'
    ) AS held
    WHERE item.portal_id = :portal AND item.run_id = :run AND item.position = held.position
      AND p.portal_id = :portal AND p.id = :project AND held.currency <> p.currency
""")

_FITTING = text(f"""
    UPDATE run_item i SET (candidates, our_id) = (
        SELECT count(*), CASE WHEN count(*) = 1 THEN (array_agg(c.id))[1] END FROM customer c
         WHERE c.portal_id = i.portal_id AND c.name_key = i.name_key AND c.deleted_at IS NULL
           AND coalesce(nullif(c.currency, ''), portal.currency) = p.currency
           AND NOT EXISTS (SELECT FROM link l WHERE l.portal_id = c.portal_id AND l.our_id = c.id
               AND l.connection_id = :connection AND l.kind = 'customer'))
    {_GOES_THERE} AND i.action = 'ask' AND i.namesakes > 0
""")
"""Merged can only be with customers here that the project takes."""


def fit(run: Run, words: Mapping[str, str]) -> None:
    """Fit the items of a run to the project it goes to; ``words`` say why one is not taken."""
    where = {
        "portal": run.portal_id,
        "run": run.id,
        "project": run.project_id,
        "connection": run.connection_id,
        "words": json.dumps(dict(words)),
    }
    for statement in (_ONLY_ADDED, _WITHIN, _NOT_TAKEN, _FITTING):
        db.session.execute(statement, where)


def is_taken(run: Run) -> ColumnElement[bool]:
    """Put the condition that the project of a run takes a customer for its currency."""
    project = select(Project.currency).where(Project.portal_id == run.portal_id, Project.id == run.project_id)
    base = select(Portal.currency).where(Portal.id == run.portal_id).scalar_subquery()
    return func.coalesce(func.nullif(Customer.currency, ""), base) == project.scalar_subquery()
