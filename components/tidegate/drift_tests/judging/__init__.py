"""Judging a span by those that were accepted before it."""
