"""What there is to do about projects, for each address of theirs that changes something."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable

from tests.portal_world import World
from tests.web.import_world import came_of, run_is
from tests.web.member_deeds import someone
from tests.web.record_deeds import Sent
from webapp.extensions import db
from webapp.services import drafts, picker, project_customers, project_members, projects, reviews
from webapp.store.columns import now
from webapp.store.projects import Project
from webapp.store.runs import Run

HOME = "/p/nordlicht/projects"
TYPED = {"name": "Relaunch", "key": "REL", "currency": "EUR", "status": "active"}


def made(world: World) -> uuid.UUID:
    """Add a project; whoever adds one works on it."""
    return projects.add(world.portal_id, world.user_id, TYPED).id


def adding(world: World) -> Sent:
    return f"{HOME}/new", TYPED


def of_project(world: World, act: str, **form: str) -> Sent:
    return f"{HOME}/{made(world)}/{act}", form


def saving(world: World) -> Sent:
    project = db.session.get_one(Project, (world.portal_id, made(world)))
    form = {**TYPED, "name": "Launch", "version": str(project.version), "seen": json.dumps(TYPED)}
    return f"{HOME}/{project.id}/edit", form


def deleting(world: World) -> Sent:
    project_id = made(world)
    version = projects.reach(world.portal_id, project_id).version
    return f"{HOME}/{project_id}/delete", {"version": str(version)}


def taking_member_off(world: World) -> Sent:
    project_id, member = made(world), someone(world)
    project_members.add(world.portal_id, project_id, [member], world.user_id)
    return f"{HOME}/{project_id}/users/members/{member}/remove", {}


def of_customers(world: World, act: str) -> Sent:
    """Have a project be for two customers, and do something about the second."""
    project_id = made(world)
    first, second = world.here("Arc"), world.here("Bee")
    for each in (first, second):
        project_customers.add(world.portal_id, project_id, [each], world.user_id)
    return f"{HOME}/{project_id}/users/customers/{second}/{act}", {}


def review_of(world: World) -> Run:
    draft = drafts.draft(world.portal_id, world.connection_id, world.user_id, project_id=made(world))
    picker.tick(draft, [world.there("1", "Arc")])
    return reviews.open_review(draft)


def confirming(world: World) -> Sent:
    run = review_of(world)
    return f"{HOME}/{run.project_id}/runs/{run.id}/review/confirm", {}


def of_run(world: World, act: str) -> Sent:
    run = reviews.confirm(review_of(world), world.user_id)
    if act == "retry":
        came_of(world, str(run.id), ["1"], "failed", reason="Ledgerly said no.")
        run_is(str(run.id), state="done", finished_at=now())
    return f"{HOME}/{run.project_id}/runs/{run.id}/{act}", {}


PROJECTS: dict[str, Callable[[World], Sent]] = {
    "project_reviews.confirm": confirming,
    "project_runs.cancel": lambda world: of_run(world, "cancel"),
    "project_runs.retry": lambda world: of_run(world, "retry"),
    "project_users.add_customers": lambda world: of_project(
        world, "users/customers", pick=str(world.here("Arc"))
    ),
    "project_users.add_members": lambda world: of_project(world, "users/members", pick=str(someone(world))),
    "project_users.make_primary": lambda world: of_customers(world, "primary"),
    "project_users.remove_customer": lambda world: of_customers(world, "remove"),
    "project_users.remove_member": taking_member_off,
    "projects.add": adding,
    "projects.delete": deleting,
    "projects.save": saving,
    "projects.set_status": lambda world: of_project(world, "status", status="completed"),
}
"""How a portal is arranged for an address, and what is sent to it then."""
