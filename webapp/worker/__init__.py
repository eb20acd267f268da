"""Who asks: the queue. RQ is a doorbell here; what is to be done always stands in the tables.

- ``queue``      ringing: a job that says "look now", once for each connection and queue
- ``jobs``       what a job does: one look
- ``processes``  the worker process, whose work-horse dies with it
- ``waiting``    what waits in the queues, for whoever watches over them
- ``schedule``   the scheduler process: a sweep every few seconds rings for whatever is due
"""
