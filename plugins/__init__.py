"""The plugins that come with Tandem; they know ``webapp.sdk`` and nothing else of it.

``zoho`` is what Zoho's finance products share and declares no hook; ``books`` is Zoho Books, ``invoice`` is
Zoho Invoice. ``trial_domains`` keeps people who do not exist from being written, ``journal`` writes down what
came of each run; both do nothing until they are set up.
"""
