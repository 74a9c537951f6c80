"""Canary: holds a canary against the champion, and promotes or abandons it."""
