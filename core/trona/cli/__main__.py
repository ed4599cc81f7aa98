"""`python -m trona.cli`, for MPI launchers that start an interpreter."""

import sys

from trona.cli.main import main

sys.exit(main())
