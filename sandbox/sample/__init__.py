"""The data a sandbox starts with.

`filling` puts it together: the two `organizations`, the hand-made `curated` customers, and the `generated`
ones, made of `words` and `awkward` values; a draft is a contact before it has ids and times.
`customs` says what its customers hold in custom fields.
"""
