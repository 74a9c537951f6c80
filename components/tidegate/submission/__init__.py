"""Hands compiled pipelines to Kubeflow Pipelines and Vertex AI.

A lost answer makes no second run; what remains impossible without an idempotency
key is said in `runs`.
"""
