"""The second factor: the secret an app makes a person's codes of, and the codes for when the app is lost."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Text, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import Created, Str, Time


class TwoFactor(Model):
    """The secret a user's app holds, sealed; of a user whose ``two_factor_at`` is blank it was only begun.

    ``last_step`` is the time step of the last code that was taken: none of it or before is taken again.
    """

    __tablename__ = "two_factor"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[Str]
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    begun_at: Mapped[Created]


class RecoveryCode(Model):
    """A code that stands in for the app, once. Only its digest is kept."""

    __tablename__ = "recovery_code"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    used_at: Mapped[Time | None]


def take_step(user_id: uuid.UUID, step: int) -> bool:
    """Note that a code of a time step was used; False when one of it, or a later one, was used before."""
    taken = update(TwoFactor).where(TwoFactor.user_id == user_id, TwoFactor.last_step < step)
    taken = taken.values(last_step=step).returning(TwoFactor.user_id)
    return db.session.execute(taken.execution_options(synchronize_session=False)).first() is not None


def replace_recovery_codes(user_id: uuid.UUID, digests: Iterable[str]) -> None:
    """Keep other recovery codes instead of those a user has."""
    forget_recovery_codes(user_id)
    db.session.execute(insert(RecoveryCode), [{"user_id": user_id, "digest": each} for each in digests])


def forget_recovery_codes(user_id: uuid.UUID) -> None:
    """Remove a user's recovery codes."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def use_recovery_code(user_id: uuid.UUID, digest: str, moment: datetime) -> bool:
    """Use up a recovery code; False when there is none of this digest that was not used."""
    mine = RecoveryCode.user_id == user_id, RecoveryCode.digest == digest, RecoveryCode.used_at.is_(None)
    used = update(RecoveryCode).where(*mine).values(used_at=moment).returning(RecoveryCode.user_id)
    return db.session.execute(used.execution_options(synchronize_session=False)).first() is not None


def recovery_codes_left(user_id: uuid.UUID) -> int:
    """Count the recovery codes a user has not used."""
    left = select(func.count()).select_from(RecoveryCode)
    return db.session.scalar(left.where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))) or 0
