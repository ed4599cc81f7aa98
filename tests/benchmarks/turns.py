"""How a benchmark's program is driven: set up once, then asked for one solve at a time, so that two may take turns."""

import json
import sys
from collections.abc import Callable


def serve(figures: dict, step: Callable[[], float]) -> None:
    """Print the figures of the set-up, then for each line read the seconds per Newton step of one more solve."""
    print(json.dumps(figures), flush=True)
    for _ in sys.stdin:
        print(step(), flush=True)
