"""The report that test components write: its model and its three faces."""
