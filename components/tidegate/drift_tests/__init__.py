"""Drift tests: is this span like the spans before it?"""
