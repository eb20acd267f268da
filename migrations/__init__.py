"""The database's schema, step by step: Alembic's scripts. README.md says how one is made."""
