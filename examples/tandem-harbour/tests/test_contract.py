"""Harbour keeps every promise of a provider and of a directory."""

from tandem_harbour.contract import TestDirectory, TestProvider

__all__ = ["TestDirectory", "TestProvider"]
