"""The one way out: every call to a provider passes here, and every plugin answers to what stands here.

- ``wire``       one bounded HTTP exchange with one of the allowed hosts
- ``account``    ``OutsideAccount``: what a plugin is given to reach one organization
- ``border``     where a plugin's faults are caught and named with the plugin's name
- ``guarded``    ``GuardedProvider`` and ``GuardedDirectory``: a plugin as services use it
- ``retold``     ``Retold``: a directory that passes every call on, for those who change some of what is said
- ``naming``     ``Named``: custom fields under the names they have in the portal
- ``patience``   how long pages wait for a plugin that does not come back
- ``claims``     whether what a plugin tells is about what it was asked
"""

from webapp.outside.account import CredentialStore, OutsideAccount
from webapp.outside.border import OVERRUN_REST, PluginFault, border
from webapp.outside.guarded import GuardedDirectory, GuardedProvider
from webapp.outside.naming import Named
from webapp.outside.retold import Retold
from webapp.outside.wire import Call, Caps, Wire

__all__ = [
    "OVERRUN_REST",
    "Call",
    "Caps",
    "CredentialStore",
    "GuardedDirectory",
    "GuardedProvider",
    "Named",
    "OutsideAccount",
    "PluginFault",
    "Retold",
    "Wire",
    "border",
]
