"""Mergeable statistics of Arrow columns, in bounded memory."""
