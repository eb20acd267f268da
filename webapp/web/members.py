"""The pages of a portal's users: their list, inviting them, and one of them in detail."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.extensions import limiter
from webapp.services import grants, invitations, mail_transport, members, outbox, profiles, two_factor
from webapp.services.errors import Invalid
from webapp.store.member_list import STATES, Wanted
from webapp.web.permissions import needs
from webapp.web.render import page

blueprint = Blueprint("members", __name__, url_prefix="/p/<portal_key>/users")

FILTERS = {"": "All", "active": "Active", "invited": "Invited", "disabled": "Disabled"}


def this_portal() -> str:
    """Name the portal that mails are sent for, as their limit counts it."""
    return f"invitations:{g.portal.id}"


def asked_at_once() -> int:
    """Count whom a form wants to invite: each costs one."""
    return max(1, len(invitations.addresses_in(request.form.get("emails", ""))))


@blueprint.get("/")
@needs("users")
def index() -> ResponseReturnValue:
    """List the users, those invited among them."""
    wanted = Wanted(
        q=request.args.get("q", "").strip()[:200],
        profile_id=request.args.get("profile", type=uuid.UUID),
        state=request.args.get("state", "") if request.args.get("state") in STATES else "",
    )
    return page(
        "members/index.html",
        fragment="list",
        found=members.page(g.portal.id, wanted, number=request.args.get("page", 1, type=int)),
        wanted=wanted,
        ask={"q": wanted.q or None, "profile": wanted.profile_id, "state": wanted.state or None},
        filters=FILTERS,
        profiles=profiles.of_portal(g.portal.id),
        size=members.SIZE,
        demo=outbox.is_open(),
    )


@blueprint.get("/invite")
@needs("users")
def ask() -> ResponseReturnValue:
    """Show the form that invites."""
    return _invite_form()


@blueprint.post("/invite")
@needs("users")
@limiter.limit("100 per hour; 300 per day", key_func=this_portal, cost=asked_at_once)
def invite() -> ResponseReturnValue:
    """Invite people by mail."""
    emails = invitations.addresses_in(request.form.get("emails", ""))
    chosen = request.form.get("profile", type=uuid.UUID)
    try:
        if chosen is None:
            raise Invalid("profile", "Choose what they may do.")
        projects = request.form.getlist("project", type=uuid.UUID)
        made = invitations.invite(g.portal.id, emails, chosen, projects, by=current_user.id)
    except Invalid as error:
        return _invite_form(error=error)
    many = "1 person is" if len(made) == 1 else f"{len(made)} people are"
    flash(f"{many} invited. The mail with the link works for seven days.")
    return redirect(url_for(".index"), 303)


@blueprint.post("/invitations/<uuid:invitation_id>/again")
@needs("users")
@limiter.limit("100 per hour; 300 per day", key_func=this_portal)
def send_again(invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Send an invitation anew."""
    sent = invitations.send_again(g.portal.id, invitation_id, by=current_user.id)
    flash(f"{sent.email} gets another mail. The link in the one before no longer works.")
    return redirect(url_for(".index"), 303)


@blueprint.post("/invitations/<uuid:invitation_id>/withdraw")
@needs("users")
def withdraw(invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Withdraw an invitation."""
    gone = invitations.withdraw(g.portal.id, invitation_id, by=current_user.id)
    flash(f"The invitation of {gone.email} is withdrawn.")
    return redirect(url_for(".index"), 303)


@blueprint.post("/two-factor")
@needs("users")
def require_two_factor() -> ResponseReturnValue:
    """Require two-factor of every user of the portal, or no longer."""
    required = request.form.get("required") == "yes"
    two_factor.require_of_all(g.portal.id, current_user.id, required=required)
    flash("Every user of this portal needs two-factor now." if required else "Two-factor is up to each user.")
    return redirect(url_for(".index"), 303)


@blueprint.get("/<uuid:user_id>")
@needs("users")
def show(user_id: uuid.UUID) -> ResponseReturnValue:
    """Show one user: their profile, their projects, and what can be done."""
    place = members.member(g.portal.id, user_id)
    choices = grants.grantable(profiles.of_portal(g.portal.id), g.profile)
    works_on = {each.id for each in members.projects_of(g.portal.id, user_id)}
    return page(
        "members/show.html",
        place=place,
        person=place.user,
        profiles=choices,
        may_change=place.profile_id in {each.id for each in choices},
        is_me=user_id == current_user.id,
        projects=members.projects(g.portal.id),
        works_on=works_on,
        sentences=profiles.SENTENCES,
    )


@blueprint.post("/<uuid:user_id>/profile")
@needs("users")
def set_profile(user_id: uuid.UUID) -> ResponseReturnValue:
    """Give a user another profile."""
    chosen = request.form.get("profile", type=uuid.UUID)
    if chosen is None:
        raise Invalid("profile", "Choose a profile from the list.")
    place = members.set_profile(g.portal.id, user_id, chosen, by=current_user.id)
    flash(f"{place.user.name} is {place.profile.name} from the next click on.")
    return redirect(_after(user_id), 303)


@blueprint.post("/<uuid:user_id>/projects")
@needs("users")
def set_projects(user_id: uuid.UUID) -> ResponseReturnValue:
    """Choose the projects a user works on."""
    members.set_projects(
        g.portal.id, user_id, request.form.getlist("project", type=uuid.UUID), by=current_user.id
    )
    flash("The projects are saved.")
    return redirect(url_for(".show", user_id=user_id), 303)


@blueprint.post("/<uuid:user_id>/disable")
@needs("users")
def disable(user_id: uuid.UUID) -> ResponseReturnValue:
    """Let a user in no longer."""
    place = members.disable(g.portal.id, user_id, by=current_user.id)
    flash(f"{place.user.name} no longer gets into this portal.")
    return redirect(url_for(".show", user_id=user_id), 303)


@blueprint.post("/<uuid:user_id>/enable")
@needs("users")
def enable(user_id: uuid.UUID) -> ResponseReturnValue:
    """Let a disabled user in again."""
    place = members.enable(g.portal.id, user_id, by=current_user.id)
    flash(f"{place.user.name} gets into this portal again.")
    return redirect(url_for(".show", user_id=user_id), 303)


@blueprint.post("/<uuid:user_id>/remove")
@needs("users")
def remove(user_id: uuid.UUID) -> ResponseReturnValue:
    """Take a user's place away."""
    gone = members.remove(g.portal.id, user_id, by=current_user.id)
    flash(f"{gone.name} is no user of this portal any more. What they did still names them.")
    return redirect(url_for(".index"), 303)


def _after(user_id: uuid.UUID) -> str:
    """Name the page to go on with: whoever gave up managing users may no longer see this one."""
    profile = members.member(g.portal.id, current_user.id).profile
    allowed = profile.allows("users")
    return url_for(".show", user_id=user_id) if allowed else url_for("home.portal")


def _invite_form(*, error: Invalid | None = None) -> ResponseReturnValue:
    choices = grants.grantable(profiles.of_portal(g.portal.id), g.profile)
    usual = next((each.id for each in choices if each.name == "Employee"), None)
    return page(
        "members/invite.html",
        status=422 if error else 200,
        error=error,
        emails=request.form.get("emails", ""),
        chosen=request.form.get("profile", usual, type=uuid.UUID),
        ticked=request.form.getlist("project", type=uuid.UUID),
        profiles=choices,
        sentences=profiles.SENTENCES,
        projects=members.projects(g.portal.id),
        mail=mail_transport.is_set_up(),
    )
