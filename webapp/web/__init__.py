"""Who asks: people, through pages. Views parse, call one service, and answer.

One module per area, the same names as in ``services``: ``auth`` (logging in), ``passwords`` (forgotten
ones), ``invitations`` (coming by one), ``home``, ``account``, ``notices``, ``outbox`` (of the demo),
``two_factor`` (a code beside the password), ``members`` (the portal's users), ``profiles``, ``audit`` (the
log), ``health``, ``customers`` (client users), ``connections``, ``sync`` (of one), ``drift`` (its report),
``custom_fields``, ``webhooks``, ``plugins`` (what is installed), ``imports`` (the picker), ``remembered``
(for these), ``reviews``, ``runs``, ``passes`` (of a sync), ``undoing`` (of an import), ``exports`` (of
lists), ``editing``, ``people`` and ``deleting`` (of one customer), ``client_users`` (inviting them) and
``client_pages`` (what they see), ``personal`` (data of a contact) and ``own_data`` (of a login),
``leaving`` (deleting the portal), ``conflicts``, ``problems``, ``brakes`` (of a connection), ``bulk``
(actions), ``bin``, ``merging``, ``history``; ``projects`` and ``project_users``. Around them:

- ``codes``        QR codes, drawn within the page
- ``scope``        where an import goes: into the portal, or into a project
- ``browsers``     what a browser is called
- ``hosts``        whether the portal was asked by its own name
- ``read_only``    what is answered where nothing is to be changed
- ``permissions``  what each view needs, declared by ``@needs`` or ``@public``, and the gate that asks
- ``render``       a view's answer: the page, or the block of it that HTMX asked for
- ``errors``       every error as a page or a fragment, in the same words
- ``sessions``     the session of a request, kept on the server
- ``tracing``      what a request leaves behind in logs and counts
- ``formats``      times, numbers and names as the reader is used to
- ``fields``       what the fields of customers and contacts are called
- ``marking``      what a search found, shown in a text
- ``customer_page`` the page of one customer, whole or in parts
- ``typed``        what people type into the forms of customers and contacts
- ``listing``      the list of customers and what is ticked in it
- ``downloads``    lists as CSV and Excel files
- ``summaries``    what came of a run, in a sentence
- ``sync_words``   how a sync stands, in words
- ``charts``       bars of passes, as an SVG has them
- ``frame``        what stands around every page of a portal, read once
- ``navigation``   what stands on the left
- ``headers``      what every answer tells the browser
- ``addresses``    those of the many records of a list
- ``assets``       addresses of static files

An area's blueprint has the prefix ``/p/<portal_key>/...``; its views take no portal key: ``g.portal``,
``g.membership`` and ``g.profile`` are there before they run, and ``url_for`` fills the key in.
"""
