"""Breaks a running Tandem on purpose, again and again, and checks that nothing came of it.

- ``ground``    a whole Tandem with two of everything, on servers of its own that may be killed
- ``harm``      what is done to it
- ``load``      who uses it meanwhile: readers of the pages, an editor of customers
- ``round``     one portal and one import, with what has to be there at its end
- ``verdict``   what is there at its end, held against that
- ``passes``    the storm over passes: people ``here`` and ``there`` edit, ``written`` is what they wrote, and
  ``agreement`` what is on both sides once they rest
- ``storm``     the harms, one after the other, and how long each import took to go on
- ``recovery``  the same for the figures: seconds until an import goes on after its worker was killed
"""

from chaos.recovery import Recovery, recovery

__all__ = ["Recovery", "recovery"]
