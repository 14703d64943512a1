"""The packages that are installed, and their versions: on each event, so that a release can be told from the next.

sentry-sdk parses the metadata of each of them at the first event, on the event loop; their names are in file names too.
"""

import functools
import os
import re
import sys

_distribution = re.compile(r"(.+?)-([^-]+)(?:-py[\d.]+)?\.(?:dist|egg)-info").fullmatch
"""As installers write them: https://packaging.python.org/en/latest/specifications/recording-installed-packages/."""


@functools.cache
def installed() -> dict[str, str]:
    """Return the versions of the installed packages by their normalized names."""
    versions: dict[str, str] = {}
    for folder in sys.path or ():  # None while the interpreter finalizes
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208  # only names
        except (OSError, TypeError, ValueError):  # not there, or an archive, or no path at all
            continue
        for match in filter(None, map(_distribution, names)):
            # The first is the one that is imported.
            versions.setdefault(re.sub(r"[-_.]+", "-", match[1]).lower(), match[2])
    return versions
