"""Hands compiled pipelines to Kubeflow Pipelines and Vertex AI, each exactly once."""
