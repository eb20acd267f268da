"""What a plugin's tests stand on: standard tests to subclass, an account that calls, a directory in memory.

A plugin author writes::

    class TestMyDirectory(DirectoryContract):
        @pytest.fixture
        def directory(self):
            return MyDirectory(...)

    class TestMyProvider(ProviderContract):
        @pytest.fixture
        def provider(self):
            return tandem_provider()

Only this module and the contracts need pytest; nothing a plugin imports at work does.
"""

from webapp.sdk.account import HttpAccount
from webapp.sdk.directory_contract import DirectoryContract
from webapp.sdk.memory import Call, Interruption, MemoryDirectory
from webapp.sdk.provider_contract import ProviderContract
from webapp.sdk.reading_contract import ReadingContract

__all__ = [
    "Call",
    "DirectoryContract",
    "HttpAccount",
    "Interruption",
    "MemoryDirectory",
    "ProviderContract",
    "ReadingContract",
]
