"""Puts the parts together: the one place where an application is made."""

from __future__ import annotations

import os
from typing import Any

from flask import Blueprint, Flask
from flask_security import SQLAlchemyUserDatastore
from redis import Redis
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import logs
from webapp.budget import Budget
from webapp.config import Settings
from webapp.extensions import csrf, db, htmx, limiter, mail, migrate, security
from webapp.providers import Registry
from webapp.services import context
from webapp.services.mail_words import RESET_LASTS
from webapp.store import portals, schema
from webapp.store.calls import RememberedCalls
from webapp.web import (
    account,
    addresses,
    assets,
    audit,
    auth,
    bin,
    brakes,
    bulk,
    client_pages,
    client_users,
    codes,
    conflicts,
    connections,
    custom_fields,
    customers,
    deleting,
    drift,
    editing,
    errors,
    exports,
    fields,
    formats,
    headers,
    health,
    history,
    home,
    hosts,
    imports,
    invitations,
    leaving,
    marking,
    members,
    merging,
    navigation,
    notices,
    outbox,
    own_data,
    passes,
    passwords,
    people,
    permissions,
    personal,
    plugins,
    problems,
    profiles,
    project_users,
    projects,
    read_only,
    remembered,
    render,
    reviews,
    runs,
    scope,
    sync,
    tracing,
    two_factor,
    undoing,
    webhooks,
)
from webapp.web.sessions import ServerSessions
from webapp.worker import queue, waiting

AREAS = (
    health,
    auth,
    home,
    account,
    own_data,
    projects,
    project_users,
    connections,
    plugins,
    custom_fields,
    customers,
    editing,
    people,
    client_users,
    client_pages,
    personal,
    leaving,
    deleting,
    bulk,
    bin,
    merging,
    history,
    imports,
    reviews,
    runs,
    exports,
    notices,
    passwords,
    invitations,
    two_factor,
    members,
    profiles,
    audit,
    outbox,
    webhooks,
    sync,
    drift,
    conflicts,
    problems,
    brakes,
    passes,
    undoing,
    remembered,
)
"""The areas of the portal's pages; each module has a ``blueprint``."""

IMPORTING = (imports, reviews, runs, undoing)
"""The areas that are there for each project, too."""

PARTS = (
    *(read_only, headers, errors, formats, codes, fields, marking, addresses, assets, navigation),
    *(notices, outbox, render, scope),
)
"""What stands around every page; each module has a ``bind(app)``."""


def create_app(settings: Settings | None = None, *, registry: Registry | None = None) -> Flask:
    """Make an application for these settings, or for those of the environment."""
    settings = settings or Settings.from_environment(os.environ)
    logs.configure(settings.log_format, settings.log_level)
    app = Flask("webapp", template_folder="web/templates", static_folder="web/static")
    app.config.from_mapping(configuration(settings))
    app.session_interface = ServerSessions()
    if settings.proxies:
        trusted = {"x_for": settings.proxies, "x_proto": settings.proxies, "x_host": settings.proxies}
        app.wsgi_app = ProxyFix(app.wsgi_app, **trusted)  # type: ignore[method-assign]
    bind_services(app, settings, registry or Registry.load(sandbox_url=settings.sandbox_url))
    tracing.bind(app)
    hosts.bind(app)
    # The gate of permissions stands first, so that it is asked before everything that does something.
    permissions.bind(app)
    bind_extensions(app)
    for part in PARTS:
        part.bind(app)
    for area in AREAS:
        app.register_blueprint(area.blueprint)
    for area in IMPORTING:
        register_in_projects(app, area.blueprint)
    return app


def register_in_projects(app: Flask, area: Blueprint) -> None:
    """Have the pages of an area under the address of a project as well."""
    prefix = f"{projects.blueprint.url_prefix}/<uuid:project_id>"
    below = str(area.url_prefix).removeprefix("/p/<portal_key>")
    app.register_blueprint(area, name=f"{scope.IN_PROJECT}{area.name}", url_prefix=f"{prefix}{below}")


def bind_services(app: Flask, settings: Settings, registry: Registry) -> None:
    """Give services what they find in the application."""
    valkey = Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2)
    context.bind(app, settings, registry, valkey, Budget(valkey, memory=RememberedCalls()))
    queue.bind(app)
    waiting.bind(app)


def bind_extensions(app: Flask) -> None:
    """Bind Flask's extensions."""
    db.init_app(app)
    migrate.init_app(app, db, directory=str(schema.MIGRATIONS))
    htmx.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    mail.init_app(app)
    # Permissions come from profiles, so there are no roles.
    users = SQLAlchemyUserDatastore(db, portals.User, role_model=None)  # type: ignore[arg-type]
    security.init_app(app, users, register_blueprint=False)
    auth.bind(app)


def configuration(settings: Settings) -> dict[str, Any]:
    """Say what Flask and its extensions are told."""
    return {
        "SECRET_KEY": settings.secret_key,
        "TANDEM_READ_ONLY": settings.read_only,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": 10,
            "max_overflow": 20,
            # What a statement failed with ends up in logs, and may be people's data.
            "hide_parameters": True,
        },
        "SESSION_COOKIE_NAME": "__Host-tandem" if settings.secure_cookies else "tandem",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "SESSION_PROTECTION": None,
        "SEND_FILE_MAX_AGE_DEFAULT": 365 * 24 * 3600,
        "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "MAX_FORM_PARTS": 5000,
        "WTF_CSRF_TIME_LIMIT": None,
        "RATELIMIT_STORAGE_URI": settings.redis_url.replace("unix://", "redis+unix://"),
        "RATELIMIT_STORAGE_OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
        "RATELIMIT_KEY_PREFIX": "tandem",
        # Without Valkey each process goes on counting for itself.
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        # A hash must outlive the secret key, so none goes into it.
        "SECURITY_PASSWORD_SINGLE_HASH": True,
        "SECURITY_PASSWORD_SALT": "",
        "SECURITY_RESET_PASSWORD_WITHIN": RESET_LASTS,
        "SECURITY_PASSWORD_COMPLEXITY_CHECKER": "zxcvbn",
        # A password must outlast a million guesses; the lists of common ones are far shorter.
        "SECURITY_ZXCVBN_MINIMUM_SCORE": 2,
        "SECURITY_CLI_USERS_NAME": False,
        "SECURITY_CLI_ROLES_NAME": False,
        "SECURITY_JOIN_USER_ROLES": False,
    }
