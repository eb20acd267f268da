"""Lets ``python -m webapp.cli`` be the ``tandem`` command."""

from webapp.cli import main

main()
