"""The sample data: `organizations`, hand-made `curated` customers, and `generated` ones of many `words`."""
