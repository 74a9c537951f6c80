from __future__ import annotations

import sys
from pathlib import Path

# Test files share modules that are not tests; see tests/data_tests/conftest.py.
sys.path.insert(0, str(Path(__file__).parent))
