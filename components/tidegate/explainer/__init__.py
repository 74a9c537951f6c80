"""Explainer: how much each feature matters to a model, as an artifact."""
