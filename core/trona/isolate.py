"""`python -m trona.cli` must not import what lies beside a deck.

Python puts the folder that it is called in first on the path then, so that a file of the name of a library would run in
its place. Importing this module takes the folder off again.
"""

import sys


def isolate(package: str) -> None:
    words = sys.orig_argv
    module = words[words.index("-m") + 1 :][:1] if "-m" in words else []
    # While the package of the module that -m names is imported, this is all that stands for the module's file.
    if sys.argv[:1] == ["-m"] and not sys.flags.safe_path and module and module[0].split(".")[0] == package:
        del sys.path[0]


isolate("trona")
