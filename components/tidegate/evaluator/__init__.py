"""Evaluating a model on columns, with what TFMA would report."""
