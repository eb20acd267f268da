"""What is measured: ``make bench`` prints each figure beside its goal and keeps them in results.json.

- ``goals``     one table: every figure, its unit and the goal it is held against
- ``figures``   figures collected, printed, kept, and written into docs/figures.md
- ``timing``    how times, percentiles and queries are taken
- ``ground``    what is measured on: servers, an application and a sandbox of its own
- ``crowd``     how a portal of any size is filled in a minute
- ``memory``    by how much a process grows while it does something
- ``machine``   the calibration: how quick this machine is right now
- the measures, in the order they run; each yields its figures by name

Simulated is what ``python -m bench.scale`` writes docs/scale.md from: fleets for 100,000 connections.

- ``scale``     the command
- ``simulated`` time that passes without waiting, ``population`` very many connections in real tables
- ``fleet``     the real sweep among simulated workers, ``sharing`` the real budget among simulated looks
- ``costs``     what looks and sweeps really cost, ``outcomes`` what came of it
- ``scale_page`` and ``curves`` how it is shown
"""
