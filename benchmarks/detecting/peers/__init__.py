"""The tools that our drift detector is compared with, behind one interface.

Every one is told the accepted spans and judges a new one: a score, the alarm that
the tool gives with its own settings, and the columns that it blames.
"""
