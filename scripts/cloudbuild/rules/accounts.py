"""The accounts that Google makes, with rights over the whole project."""

from __future__ import annotations

import re

DEFAULT_ACCOUNT = re.compile(
    r"@cloudbuild\.gserviceaccount\.com|-compute@developer\.gserviceaccount\.com"
    r"|@appspot\.gserviceaccount\.com|@cloudservices\.gserviceaccount\.com"
)
