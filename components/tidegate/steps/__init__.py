"""One step of a pipeline without TFX: artifacts, how to read them, and the run.

A component's `work.py` is written against these, so that it runs the same under
a TFX executor and in a container that never imports TFX.
"""
