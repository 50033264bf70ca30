"""Where the built book is: $SCRATCHGEN_BOOK, or where `make book` puts it."""
import os
from pathlib import Path

BOOK = Path(os.environ.get("SCRATCHGEN_BOOK")
            or Path(__file__).resolve().parents[2] / "build" / "book" / "html")
NOT_BUILT = f"no book in {BOOK}: make book (or SCRATCHGEN_FAST=1 make book) builds it"
