"""The WSGI entry: the application of the environment's settings."""

from webapp.app import create_app

application = create_app()
