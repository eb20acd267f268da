"""Column types that many tables share."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import ColumnElement, DateTime, ForeignKey, Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import mapped_column
from uuid6 import uuid7

from webapp.clock import now as now


def new_id() -> uuid.UUID:
    """Make an id that sorts by the time it was made (UUIDv7)."""
    return uuid.UUID(bytes=uuid7().bytes)


Id = Annotated[uuid.UUID, mapped_column(primary_key=True, default=new_id)]
PortalId = Annotated[uuid.UUID, mapped_column(ForeignKey("portal.id", ondelete="CASCADE"), primary_key=True)]
Time = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Created = Annotated[datetime, mapped_column(DateTime(timezone=True), default=now)]
Str = Annotated[str, mapped_column(Text, default="")]
StrOrNone = Annotated[str | None, mapped_column(Text)]
Json = Annotated[dict[str, Any], mapped_column(JSONB, default=dict)]
JsonByDefault = Annotated[dict[str, Any], mapped_column(JSONB, default=dict, server_default=text("'{}'"))]
JsonOrNone = Annotated[dict[str, Any] | None, mapped_column(JSONB(none_as_null=True))]

GivenId = uuid.UUID | ColumnElement[uuid.UUID]
"""An id to put into a query, or its parameter in one that is put once and asked many times."""

PORTAL = bindparam("portal_id", type_=Uuid)
"""The portal that such a query is asked about: to put one anew takes longer than the database does for it."""
