"""The Flask extensions, made here and bound to an application in ``app.create_app``."""

from __future__ import annotations

from flask import Flask
from flask_htmx import HTMX
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_mail import Mail
from flask_migrate import Migrate
from flask_security import Security
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from webapp import clock, walls


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


db = WalledDatabase(model_class=Model)
migrate = Migrate()
htmx = HTMX()
security = Security()
csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address)
mail = Mail()
