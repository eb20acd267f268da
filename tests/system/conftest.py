"""The tests of the whole system share a running Tandem."""

from tests.system.running import place, running_tandem, tandem

__all__ = ["place", "running_tandem", "tandem"]
