"""What can be done, one module per area; the only place that commits.

Each function is one thing somebody asks for. It ends in a commit and, where work falls due, in a signal
(``signals``) that whoever started the process has bound to the queue.

Locks are taken in one order, or two of them may wait for each other: customers and contacts with what follows
from them (links, the mirror, what waits for a person), then projects, then the audit's chain, then a
connection and what hangs below it (its webhook, the trips to its provider), then its runs with their items,
then the portal, then notices.

- People: ``portals`` (and who may do what in them), ``users``, ``passwords``, ``strength`` (of these),
  ``sessions``, ``locales``, ``reader`` (how somebody reads numbers and times), ``audit``
- Who is in a portal: ``members`` and their ``profiles``; ``invitations`` (asked by mail) and ``joining``
  (coming by one); ``grants`` (nobody gives what they do not hold); ``two_factor`` (a code beside the
  password); ``audit_pages``, in ``audit_words`` (the log)
- Client users: ``client_users`` (asked, come, let in no longer) and ``client_pages`` (what they see)
- Personal data: ``personal`` (what is kept of somebody, in ``archives``), ``erasing`` and ``kept_out`` (who
  is not to come back), ``retention`` (how long anything is kept), ``portal_deletions``
- A connection: ``connecting`` (``entering`` credentials, ``attempts`` at consent, ``authorizing`` by a
  worker), ``connections``, ``connection_views`` and ``labels`` as people see them; ``sync_settings`` (how it
  is kept in step), ``custom_fields`` (what its provider has besides), ``sync_pages`` and
  ``sync_previews`` (for people), ``drift`` (what differs on the two sides) and ``drift_reasons`` (why)
- The way out: ``accounts`` (opened with their ``credentials``), ``observing`` (what is seen of each
  call), ``keys`` (of secrets at rest)
- Work: ``sweep`` finds what is due, ``look`` does a slice of it under the lease of ``leases``, for which
  ``holders`` tells whether it was abandoned, and ``witness`` whether the database is older than what was
  done with it
- The provider's word that something changed: ``webhooks``
- The mirror: ``refresh``, ``census``, ``reading`` (what their steps share)
- Choosing: ``picker`` and its ``pick_rows``, ``drafts``; ``imports`` for whoever has no pages
- The review: ``reviews``, ``review_terms``, ``answers``, ``merge_outcomes``, ``merge_fields`` (who wins
  which), ``suggestions`` (who may be the same), ``marking`` (what holds for good); ``review_pages``,
  ``review_values`` and ``review_words`` as people read it
- Carrying out: ``runs``, ``batches``, ``together`` (many new customers), ``carrying`` (one item),
  ``ledger`` (what is committed when),
  ``recovery`` (what became of a write), ``entries`` (for the history), ``retries``, ``undoing`` (by
  ``snapshots`` of what a merge found; ``undo_pages``); ``progress`` and
  ``run_pages`` as people read them (``pass_pages``: one pass)
- In step: ``sync`` (a slice of a pass, and what one would do), ``sync_plans`` (of what is due),
  ``sync_customers`` (one of them), whose ``sync_sides`` and ``sync_ledger`` read and commit it;
  ``sync_links`` (what people make of them meanwhile), ``sync_closing`` (what a look found),
  ``sync_runs``, ``braking``; ``keeping``: what every ledger keeps
- Plugins' hooks: ``vetting`` (asked before a record is written), ``vetoed`` (what they refuse of what people
  do to many), ``run_ends`` (told of), ``hook_faults``;
  ``plugins`` (what is installed, and who uses it)
- What is here: ``customers`` (``customer_rows`` of their list), ``unlinking``, ``history``, ``in_step`` (with
  each provider)
- Writing it, one at a time: ``editing``, ``deleting``; ``holding`` (a customer while it is written),
  ``typed`` (against what was seen), ``checks`` (of what was typed)
- Many at once: ``ticks`` (who is selected), ``bulk`` (actions), ``bin`` (what was deleted), ``merging`` (of
  two customers here, by ``merge_choices``), ``exports`` (lists as rows), ``history_pages``
- Projects: ``projects``, ``project_members``, ``project_customers`` (taken in by ``admitting``),
  ``project_rights`` (asked where work is done), ``project_checks`` (of
  what was typed)
- Waiting for a person: ``conflicts`` (as they see them) and ``settling`` (their decisions), ``problems`` and
  ``deciding``, ``brakes`` and ``keeping_back`` (what it holds); ``reminders``
- Telling people: ``notices``, ``notice_kinds``; ``mails`` sends what ``mail_words`` writes by
  ``mail_transport``, to ``addresses`` in full; ``outbox`` (of the demo)
- The installation: ``context`` (settings and parts), ``health``, ``doctor``, ``metrics``, ``tally``,
  ``presence``, ``rings``; ``diagnosis`` (to hand on) and ``troubles`` (of logs)
- ``errors``: what a service says when it will not do a thing
"""
