"""`python -m asab_sentry`."""

import sys

from .cli import main

sys.exit(main())
