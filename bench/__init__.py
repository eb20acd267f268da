"""What is measured: ``make bench`` prints each figure beside its goal and keeps them in results.json.

- ``goals``     one table: every figure, its unit and the goal it is held against
- ``figures``   figures collected, printed, kept, and written into docs/figures.md
- ``timing``    how times, percentiles and queries are taken
- ``ground``    what is measured on: servers, an application and a sandbox of its own
- ``crowd``     how a portal of any size is filled in a minute
- ``machine``   the calibration: how quick this machine is right now
- the measures, in the order they run; each yields its figures by name
"""
