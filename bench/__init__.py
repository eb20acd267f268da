"""What is measured: ``python -m bench`` prints each figure beside its goal and keeps them in results.json."""
