"""What can be done, one module per area; the only place that commits.

Each function is one thing somebody asks for. It ends in a commit and, where work falls due, in a signal
(``services.signals.due``) that whoever started the process has bound to the queue.
"""
