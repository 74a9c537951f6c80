"""The supply chain: advisories, bills of materials, signatures, workflow rules.

`environment.py` runs on any Python; all else runs in the environment that it
makes, which holds neither TensorFlow nor TFX.
"""
