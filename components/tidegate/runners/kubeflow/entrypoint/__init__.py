"""The command of every compiled step's container.

It reads what KFP's launcher hands over, works on the launcher's local copies, runs
the step's work or its TFX executor, and tells the launcher what came out.
"""
