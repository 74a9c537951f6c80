"""Pusher: publishes a model, with where it comes from on the ledger."""
