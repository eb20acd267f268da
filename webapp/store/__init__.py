"""What the portal remembers: tables and queries, one module per concept.

``portals`` (and the people in them), ``sessions``, ``connections``, ``mirror`` (what is there), ``customers``
(what is here), ``links`` (which is which), ``intents``, ``runs``, ``history``, ``audit``, ``secrets``
(``sealed``: where they stand), ``notices`` and ``mails`` (what people are told); and ``directory``, the
portal's own customers seen as a Directory. Nothing here commits. ``schema`` and ``policies`` make the tables
and the wall between portals in them.
"""
