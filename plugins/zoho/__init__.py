"""What Zoho's finance products share: one code, made into a provider by a ``Product`` value.

Reading order: ``product`` (what differs between products), ``regions`` (the data centres), ``oauth``
(getting and renewing tokens), ``errors`` (what an answer means), ``client`` (one call), ``mapping``
(their shapes as our records), ``custom_fields`` (what organizations add to them), ``writing`` (our
fields as bodies of writes), ``pages``, ``feed`` and
``census`` (which page is read next, as pure steps), ``directory`` (all of it as a Directory),
``organizations``, ``webhooks`` (was a delivery signed), ``provider`` (the plugin).

Zoho calls a customer a *contact* and a contact a *contact person*; those words stay in this package.
"""
