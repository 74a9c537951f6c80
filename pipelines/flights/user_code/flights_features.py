"""Names of the columns, by what may be known when the prediction is made.

The question is asked when a flight has left the gate: will it arrive more than
15 minutes late? What the model sees is chosen here by name; a new column of the
data is therefore unused until somebody puts it into a list.
"""

from __future__ import annotations

LATE_MINUTES = 15

# Known at departure.
CATEGORICAL = ("carrier", "origin", "dest")
NUMERIC = ("dep_delay", "distance")
CLOCK = ("hour", "minute")
DATE = ("year", "month", "day")

# Known only after landing: read to make the label, never given to the model.
LABEL_INPUTS = ("arr_delay",)
AFTER_LANDING = ("arr_time", "arr_delay", "air_time")

# Tells a cancelled flight from one that departed.
DEPARTED = "dep_time"

# What the Transform node makes of them.
DAY_OF_WEEK = "day_of_week"
MINUTE_OF_DAY = "minute_of_day"
DAYS = 7
# A category that training never saw shares one slot after the known ones.
UNSEEN_SLOTS = 1
LABEL = "late"
WEIGHT = "weight"

SERVED = (*CATEGORICAL, *NUMERIC, *CLOCK, *DATE)
MODEL_NUMERIC = (*NUMERIC, MINUTE_OF_DAY)
MODEL_CATEGORICAL = (*CATEGORICAL, DAY_OF_WEEK)
MODEL_INPUTS = (*MODEL_NUMERIC, *MODEL_CATEGORICAL)
