"""Programs of the cloud, for trials: they check what they are called with, and record.

Standard library only: they run as programs of their own within a step.
"""
