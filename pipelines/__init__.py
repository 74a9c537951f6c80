"""Pipelines of this repository, one package a pipeline."""
