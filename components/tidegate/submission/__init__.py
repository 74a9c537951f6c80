"""Hands compiled pipelines to Kubeflow Pipelines and Vertex AI, and makes no run twice.

What remains impossible without an idempotency key is said in `runs`.
"""
