"""Find by pairs of signs, too: trigrams know nothing of words of one or two signs.

The function is dear, so that nothing takes texts apart that the index has taken apart already, and it keeps
to one process: to start others takes longer than a search may.
"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

PAIRS = r"""
    CREATE FUNCTION tandem_pairs(text) RETURNS text[] LANGUAGE sql
    IMMUTABLE STRICT PARALLEL RESTRICTED COST 10000
    RETURN ARRAY(SELECT a || b
                   FROM unnest(string_to_array($1, NULL), string_to_array(substr($1, 2), NULL)) AS pair (a, b)
                  WHERE a NOT IN (' ', E'\n') AND b NOT IN (' ', E'\n'))
           || string_to_array(translate($1, E' \nabcdefghijklmnopqrstuvwxyz0123456789', ''), NULL)
"""


def upgrade() -> None:
    """Go to this revision."""
    op.execute(PAIRS)
    for table in ("customer", "mirror_customer"):
        op.execute(f"DROP INDEX ix_{table}_search")
        op.execute(
            f"CREATE INDEX ix_{table}_search ON {table} "
            "USING gin (portal_id, search gin_trgm_ops, tandem_pairs(search))"
        )


def downgrade() -> None:
    """Go back to the one before."""
    for table in ("customer", "mirror_customer"):
        op.execute(f"DROP INDEX ix_{table}_search")
        op.execute(f"CREATE INDEX ix_{table}_search ON {table} USING gin (portal_id, search gin_trgm_ops)")
    op.execute("DROP FUNCTION tandem_pairs(text)")
