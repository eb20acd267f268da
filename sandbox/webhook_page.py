"""The page of an organization's webhook: where its changes are told, and what came of the latest."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from sandbox.control import CONTROL
from sandbox.door import state_here
from sandbox.hand_edits import find_organization
from sandbox.page import misread

webhook_page = Blueprint("webhook_page", __name__)
webhook_page.register_error_handler(ValueError, misread)

PAGE = f"{CONTROL}/webhooks"


@webhook_page.get(PAGE)
def show() -> str:
    """Show the webhook of an organization, in a form."""
    return _page()


@webhook_page.post(PAGE)
def keep() -> AnyResponse:
    """Set the webhook, or say what is wrong with it and keep what was typed."""
    state = state_here()
    organization = find_organization(state, request.form.get("organization"))
    try:
        state.webhooks.keep(organization.id, _typed("url"), _typed("secret"))
    except ValueError as error:
        return Response(_page(wrong=str(error)), 422)
    return _back(organization.id, "Saved. Each change is told from now on.")


@webhook_page.post(f"{PAGE}/send")
def send() -> AnyResponse:
    """Send one without a change, and wait for what comes of it."""
    state = state_here()
    organization = find_organization(state, request.form.get("organization"))
    state.webhooks.send(organization.id, "a test", {})
    state.webhooks.settle()
    return _back(organization.id, "Sent; below is what came of it.")


@webhook_page.post(f"{PAGE}/remove")
def remove() -> AnyResponse:
    """Tell nobody any more."""
    state = state_here()
    organization = find_organization(state, request.form.get("organization"))
    state.webhooks.remove(organization.id)
    return _back(organization.id, "Removed. Nobody is told of changes any more.")


def _page(wrong: str = "") -> str:
    state = state_here()
    organization = find_organization(state, request.values.get("organization"))
    webhook = state.webhooks.of(organization.id)
    return render_template(
        "webhook.html",
        organizations=list(state.organizations),
        organization=organization,
        said=request.args.get("said", ""),
        webhook=webhook,
        url=_typed("url") or (webhook.url if webhook else ""),
        secret=_typed("secret") or (webhook.secret if webhook else ""),
        sent=state.webhooks.sent(organization.id),
        wrong=wrong,
    )


def _back(organization_id: str, said: str) -> AnyResponse:
    return redirect(url_for("webhook_page.show", organization=organization_id, said=said))


def _typed(name: str) -> str:
    return request.form.get(name, "").strip()
