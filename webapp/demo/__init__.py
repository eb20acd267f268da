"""The demo: a whole Tandem on this machine, with its own servers, a sample portal and a practice Zoho.

- ``run``     what is started, in which order, and what is said about it
- ``folder``  what it keeps, and how it makes sure that it is its own
- ``sample``  the portal it begins with, its ``customers`` and ``projects``
"""

from webapp.demo.run import run_demo

__all__ = ["run_demo"]
