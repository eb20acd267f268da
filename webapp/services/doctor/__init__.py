"""The doctor: looks at everything an installation stands on, and says what is wrong with its remedy.

- ``findings``      what is found: an area, how bad it is, what it means, what to do
- ``examination``   all areas in order; what cannot be asked is a finding too
- ``database``      PostgreSQL: the server, the role, the wall between portals, the schema
- ``queue``         Valkey, the rings that wait, workers and schedulers
- ``surroundings``  keys, mail, clocks, the portal's address, the disk
- ``connections``   each connection: its state, how old what it knows is, its credentials, its calls
"""

from webapp.services.doctor.examination import examine
from webapp.services.doctor.findings import LEVELS, Finding, worst

__all__ = ["LEVELS", "Finding", "examine", "worst"]
