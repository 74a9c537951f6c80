from __future__ import annotations

import sys
from pathlib import Path

# Test files here share drift_decisions.py; a package of their own named "tests"
# would lose to one that some distribution installs under that name.
sys.path.insert(0, str(Path(__file__).parent))
