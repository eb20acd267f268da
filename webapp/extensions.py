"""The Flask extensions, made here and bound to an application in ``app.create_app``."""

from __future__ import annotations

import select
import time
from typing import Any

from flask import Flask
from flask_htmx import HTMX
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_mail import Mail
from flask_migrate import Migrate
from flask_security import Security
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Engine, MetaData, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase

from webapp import clock, read_only, walls

RESTED = 1.0
"""Seconds after which the other side of a connection may be gone without a word."""

_RESTS_SINCE = "rests_since"


class Model(DeclarativeBase):
    """Root of all tables; the naming convention lets migrations name every constraint."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class WalledDatabase(SQLAlchemy):
    """The database, behind the wall between portals; its clock is everyone's."""

    def init_app(self, app: Flask) -> None:
        """Bind an application; whatever it asks the database stays within the portal it is about."""
        super().init_app(app)
        with app.app_context():
            for engine in self.engines.values():
                walls.guard(engine)
                clock.follow(engine)
                ask_after_rest(engine)
                if app.config.get("TANDEM_READ_ONLY"):
                    read_only.guard(engine)


def ask_after_rest(engine: Engine) -> None:
    """Have connections asked whether they still stand when they rested or were spoken to meanwhile.

    Before every transaction that would be a journey to the database for each of an import's customers. A
    database that ends a connection says so, and that it said something costs nothing to see.
    """
    ping = engine.dialect.do_ping
    broken = engine.dialect.loaded_dbapi.Error

    def came_back(connection: DBAPIConnection | None, record: Any) -> None:
        record.info[_RESTS_SINCE] = time.monotonic()

    def goes_out(connection: Any, record: Any, proxy: object) -> None:
        since = record.info.get(_RESTS_SINCE)
        try:
            if since is not None and (time.monotonic() - since >= RESTED or _was_spoken_to(connection)):
                ping(connection)
        except broken as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", came_back)
    event.listen(engine, "checkout", goes_out)


def _was_spoken_to(connection: Any) -> bool:
    """Tell whether something came over a connection that asked for nothing: most likely its end."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


db = WalledDatabase(model_class=Model)
migrate = Migrate()
htmx = HTMX()
security = Security()
csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address)
mail = Mail()
