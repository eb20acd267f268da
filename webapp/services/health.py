"""What keeps this process from serving, in words for whoever runs it."""

from __future__ import annotations

from functools import cache

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from webapp.extensions import db
from webapp.services import context
from webapp.store import schema
from webapp.walls import Unwalled


def problems() -> list[str]:
    """Name what is missing; nothing when all is well."""
    return [problem for problem in (_database(), _valkey()) if problem]


def _database() -> str:
    try:
        with db.engine.connect() as connection:
            revision = schema.current(connection)
    except Unwalled as error:
        return str(error)
    except SQLAlchemyError:
        return "The database does not answer: check DATABASE_URL and that PostgreSQL runs."
    if revision != _newest():
        return "The database is not up to date: run `tandem db upgrade`."
    return ""


@cache
def _newest() -> str | None:
    """Read this version's migrations once: whoever asks whether all is well asks every few seconds."""
    return schema.newest()


def _valkey() -> str:
    try:
        context.valkey().ping()
    except RedisError:
        return "Valkey does not answer: check REDIS_URL and that it runs."
    return ""
