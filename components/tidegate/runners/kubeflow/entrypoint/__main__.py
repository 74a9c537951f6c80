"""`python -m tidegate.runners.kubeflow.entrypoint`."""

import os
import sys

from tidegate.runners.kubeflow.entrypoint.command import main
from tidegate.runners.quick_start import end_process

if __name__ == "__main__":
    end_process(main(sys.argv[1:], os.environ))
