"""What the author of a plugin works with: a distribution to begin with, and the standard tests in sentences.

- ``making``   writes a new plugin's distribution from ``templates``
- ``checking`` runs the standard tests against an installed plugin, in a process of their own
- ``trial``    that process: pytest, told in sentences; only it and ``suite`` need pytest
- ``suite``    the standard tests of a plugin that announces none, and those of a real account
- ``patience`` ends it when one test never does
- ``subject``  what is tried: the provider, and the account to try it on
"""
