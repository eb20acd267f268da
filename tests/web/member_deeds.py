"""What there is to do about a portal's users, their profiles and their logins, for each address of theirs."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace

from flask import current_app
from sqlalchemy import delete, select

from tests.portal_world import World
from tests.web.people import PASSWORD
from tests.web.record_deeds import Sent
from webapp.extensions import db
from webapp.mail_settings import MailSettings
from webapp.services import invitations, members
from webapp.store.columns import new_id, now
from webapp.store.invitations import MEMBER
from webapp.store.portals import Membership, Profile, User
from webapp.store.projects import Project
from webapp.walls import inside


def profile(world: World, name: str) -> Profile:
    found = select(Profile).where(Profile.portal_id == world.portal_id, Profile.name == name)
    return db.session.scalars(found).one()


def accepting(world: World) -> Sent:
    with inside(world.portal_id):
        db.session.execute(delete(Membership).where(Membership.user_id == world.user_id))
        made = invitations.make(
            world.portal_id,
            MEMBER,
            "owner@nordlicht.example",
            by=world.user_id,
            profile_id=profile(world, "Owner").id,
        )
        db.session.commit()
        return f"/invitations/{invitations.token_of(made)}", {}


def mails_leave() -> None:
    """Let mails be laid down somewhere, for the application that is asked next."""
    settings = current_app.config["TANDEM"]
    nobody = MailSettings(sender_name="", sender_address="tandem@nordlicht.example", host="127.0.0.1", port=9)
    current_app.config["TANDEM"] = replace(settings, mail=nobody)


def of_user(world: World, act: str, **form: object) -> Sent:
    return f"/p/nordlicht/users/{someone(world)}/{act}", form


def enabling(world: World) -> Sent:
    with inside(world.portal_id):
        members.disable(world.portal_id, someone(world), by=world.user_id)
    return of_user(world, "enable")


def putting_on_projects(world: World) -> Sent:
    named = {"key": "WEB", "name": "Website", "sort_key": "website", "search": "website"}
    project = Project(portal_id=world.portal_id, id=new_id(), currency="EUR", **named)
    db.session.add(project)
    db.session.commit()
    return of_user(world, "projects", project=str(project.id))


def giving_profile(world: World) -> Sent:
    return of_user(world, "profile", profile=str(profile(world, "Manager").id))


def inviting(world: World) -> Sent:
    mails_leave()
    typed = {"emails": "guest@x.example", "profile": str(profile(world, "Employee").id)}
    return "/p/nordlicht/users/invite", typed


def of_invitation(world: World, act: str) -> Sent:
    mails_leave()
    with inside(world.portal_id):
        employee = profile(world, "Employee").id
        made = invitations.invite(world.portal_id, ["guest@x.example"], employee, by=world.user_id)
        return f"/p/nordlicht/users/invitations/{made[0].id}/{act}", {}


def requiring_two_factor(world: World) -> Sent:
    with_two_factor(world)
    return "/p/nordlicht/users/two-factor", {"required": "yes"}


def adding_profile(world: World) -> Sent:
    return "/p/nordlicht/profiles/new", {"name": "Bookkeeper", "permission": "finance"}


def changing_profile(world: World) -> Sent:
    chosen = profile(world, "Finance only").id
    return f"/p/nordlicht/profiles/{chosen}", {"name": "Bookkeeper", "permission": "finance"}


def deleting_profile(world: World) -> Sent:
    instead = str(profile(world, "Manager").id)
    return f"/p/nordlicht/profiles/{profile(world, 'Finance only').id}/delete", {"move_to": instead}


def turning_off_two_factor(world: World) -> Sent:
    with_two_factor(world)
    return "/account/two-factor/off", {"password": PASSWORD}


def with_two_factor(world: World) -> None:
    db.session.get_one(User, world.user_id).two_factor_at = now()
    db.session.commit()


def someone(world: World) -> uuid.UUID:
    query = select(Membership.user_id).where(
        Membership.portal_id == world.portal_id, Membership.profile_id == profile(world, "Employee").id
    )
    return db.session.scalars(query).one()


MEMBERS: dict[str, Callable[[World], Sent]] = {
    "invitations.accept": accepting,
    "members.disable": lambda world: of_user(world, "disable"),
    "members.enable": enabling,
    "members.invite": inviting,
    "members.remove": lambda world: of_user(world, "remove"),
    "members.require_two_factor": requiring_two_factor,
    "members.send_again": lambda world: of_invitation(world, "again"),
    "members.set_profile": giving_profile,
    "members.set_projects": putting_on_projects,
    "members.withdraw": lambda world: of_invitation(world, "withdraw"),
    "profiles.add": adding_profile,
    "profiles.change": changing_profile,
    "profiles.delete": deleting_profile,
    "two_factor.turn_off": turning_off_two_factor,
}
