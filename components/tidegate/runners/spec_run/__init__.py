"""Runs a compiled KFP v2 pipeline spec on this machine, by the rules of KFP's backend.

The rules are those of kubeflow/pipelines: its compiler to Argo
(backend/src/v2/compiler), its driver (backend/src/v2/driver), its launcher
(backend/src/v2/component) and its metadata (backend/src/v2/metadata). Each module
names the functions that its rules come from, by file and name.
"""
