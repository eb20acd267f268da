"""Tandem: customers and contacts, one thing in two places.

The map, in reading order:

- ``sdk``       what a provider plugin knows: records, directory, provider, errors
- ``sync``      how two directories are made to agree: pair, merge, plan, apply
- ``store``     what the portal remembers: tables and queries, by concept
- ``providers`` finds the plugins, has them opened (``opening``), and hands them out by name
- ``hooks``     asks what plugins say before a record is written, and tells them of runs
- ``outside``   the one way out, within the ``budget`` of calls that all processes share
- ``services``  what can be done; the only place that commits
- ``web``       who asks: people, through pages
- ``worker``    who asks: the queue
- ``cli``       who asks: the ``tandem`` command
- ``workshop``  what the author of a plugin works with: a new distribution, the standard tests in sentences
- ``app``       puts the parts together

Below them:

- ``config``    what an installation is told, ``mail_settings`` what of mails; checked at start
- ``extensions`` Flask's extensions, bound in ``app``
- ``shape``     whether what a plugin returned is what it promised
- ``walls``     whose rows the database shows: those of the portal it is about
- ``read_only`` whether it takes anything but reading
- ``bounded``   calls of code that may never come back, waited for so long
- ``clock``     the time all processes agree on: the database's
- ``logs``      one line an event, and nobody's data in it

A whole Tandem on one machine:

- ``demo``      servers, a sample portal and a practice Zoho; ``supervisor`` keeps its processes running
- ``embedded``  PostgreSQL and Valkey from their wheels, which ``lifeline`` lets die with whoever started them
"""
