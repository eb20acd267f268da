"""Functions of triggers that find their rows by an index, whatever the database knows of its tables.

A table that is filled for the first time has no statistics yet, and a plan made while it was empty is kept
for as long as the connection lasts: either has the planner read whole tables for one row. So statements are
planned anew each time until the tables are known to be large, and only then once and for all.
"""

from __future__ import annotations

_WAYS = "enable_seqscan enable_hashjoin enable_mergejoin jit"
"""What is never quicker than an index where a statement writes few rows of a large table."""

_SMALL = """
    EXISTS (SELECT FROM pg_class WHERE reltuples < 1000
               AND oid IN ('customer'::regclass, 'link'::regclass, 'mirror_customer'::regclass))
"""


def function(name: str, *statements: str) -> str:
    """Return what makes a function for triggers, of a statement with its ``new_rows`` and ``old_rows``."""
    settings = "".join(f" SET {way} = off" for way in _WAYS.split())
    anew = "".join(f"EXECUTE $each${each}$each$;" for each in statements)
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql "
        f"SET search_path = public, pg_temp{settings} AS $$ BEGIN "
        f"IF {_SMALL} THEN {anew} ELSE {'; '.join(statements)}; END IF; RETURN NULL; END $$"
    )


def row_function(name: str, *statements: str) -> str:
    """Return what makes a function for triggers of rows that seldom fire, with their ``NEW`` and ``OLD``."""
    settings = "".join(f" SET {way} = off" for way in _WAYS.split())
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql "
        f"SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan{settings} "
        f"AS $$ BEGIN {'; '.join(statements)}; RETURN NULL; END $$"
    )
