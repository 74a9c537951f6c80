"""Names of what DataTests takes and gives."""

from __future__ import annotations

EXAMPLES = "examples"
STATISTICS = "statistics"
SCHEMA = "schema"
COUNTERPART = "counterpart"
REPORT = "report"
SUITE = "suite"
SUITE_FILE = "suite_file"
REFERENCE = "reference"
REFERENCE_DIGEST = "reference_digest"
# As Transform names its own: an input and an output cannot have one name.
ACCEPTED = "accepted_examples"
QUARANTINED = "quarantined_examples"
