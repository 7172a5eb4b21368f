"""`python -m grading.notebooks`: see `build.main`."""

import sys

from grading.notebooks.build import main

if __name__ == "__main__":
    sys.exit(main())
