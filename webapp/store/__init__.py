"""What the portal remembers: tables and queries, one module per concept. Nothing here commits.

- Tables: ``portals`` (and the people in them), ``invitations``, ``sessions``, ``two_factor``,
  ``member_list`` and ``audit_list`` (as people see them), ``connections``, ``custom_fields`` (of
  these), ``mirror`` (what is there),
  ``customers`` (what is here), ``links`` (which is which), ``projects`` (what for), ``intents``, ``runs``,
  ``history``, ``audit``, ``notices`` and ``mails`` (what people are told), ``marks`` (what is decided for
  good), ``processes``; ``tables`` makes them all known
- The sync's: ``touched`` (how a link learns that it is due), ``conflicts`` and ``problems`` (what waits for a
  person), ``webhooks`` (where a provider says that something changed), ``drift`` (what differed when asked),
  ``unlike`` (what is not the same on both sides), ``small_losses`` (what the brake counts along),
  ``passes`` (what is due, and what passes came to), ``run_list``
- A run's items: ``picks`` (what can be ticked, by ``pick_scope``), ``pick_pages``, ``project_items``,
  ``reviews`` and ``review_items``, ``similar`` (who may be the same), ``run_items``,
  ``run_failures``, ``closing`` (of some), ``undone`` (what an undo takes back), ``run_data`` (as values)
- The portal as a directory: ``directory``, ``directory_pages``; ``pairs`` (both sides of many customers),
  ``in_step`` (of one)
- The sync's work: ``dirty`` (links to look at), ``survivors`` (of a merge there), ``mirror_answers``,
  ``sync_runs``, ``tombstones``
- What waits for a person: ``waiting`` (counted), ``conflict_list``, ``problem_list``, ``brake_list``;
  ``frame`` (what every page tells of it)
- Projects: ``project_list``, ``project_people`` (members and customers), ``project_primary`` (one of these),
  ``project_currencies`` (what binds them)
- Quick ways: ``mirror_pages``, ``inserts``, ``customer_list``, ``sorting`` (and reading from either end),
  ``search``, ``searched``, ``found_by`` (the columns it is found by), ``statistics``, ``standing`` (where a
  customer stands beside the other side)
- Many at once: ``ticks`` (which customers somebody selected), ``bulk`` (writing them), ``bin`` (what was
  deleted), ``merging`` (what moves to another customer), ``listed`` (lists
  to take along), ``history_pages``
- Work: ``due`` (what there is), ``leases``, ``calls`` (the budget's memory)
- Secrets: ``secrets`` (sealing), ``sealed`` (where they stand)
- Client users and personal data: ``client_users`` (contacts with a login), ``traces`` (of a person, beside
  their row), ``erased`` (who is not to come back), ``retention`` (what is old), ``portal_deletions``
- The database: ``columns``, ``schema``, ``policies`` (the wall in it), ``triggers``, ``figures`` (what all
  amounts to), ``diagnosis`` (what helps who is to help)
"""
