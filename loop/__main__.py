"""`python -m loop` is `loop`."""

import sys

from loop.cli.main import main

sys.exit(main())
