"""python -m scratchgen: the same as the command scratchgen."""
import sys

from .cli import main

sys.exit(main())
