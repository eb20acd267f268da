"""Tandem: customers and contacts, one thing in two places.

The map, in reading order:

- ``sdk``       what a provider plugin knows: records, directory, provider, errors
- ``sync``      how two directories are made to agree: pair, merge, plan, apply
- ``store``     what the portal remembers: tables and queries, by concept
- ``services``  what can be done; the only place that commits
- ``web``       who asks: people, through pages
- ``worker``    who asks: the queue
- ``walls``     whose rows the database shows: those of the portal it is about
- ``clock``     the time all processes agree on: the database's
- ``app``       puts the parts together
"""
