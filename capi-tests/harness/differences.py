"""Files of deliberate differences between the libraries: lines of `what | part | reason`, with shell patterns in the first two."""

import fnmatch
import os

from .base import TESTS as FOLDER
from .base import check


class Differences:
    """The lines of one file. Which of them were needed is counted, since an unused line is an error, too."""

    def __init__(self, name):
        self.name = name
        self.rows = []
        self.used = set()
        with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip() and not line.startswith("#"):
                    cells = [c.strip() for c in line.split("|")]
                    check(len(cells) == 3 and all(cells), f"{name}:{number}: three cells, the last one a reason")
                    self.rows.append(cells)

    def allow(self, what, part):
        """Whether a line allows it. Counts all lines that do."""
        found = {
            n for n, (w, p, _) in enumerate(self.rows) if fnmatch.fnmatchcase(what, w) and fnmatch.fnmatchcase(part, p)
        }
        self.used |= found
        return bool(found)

    def check_all_used(self, used=None):
        used = self.used if used is None else used
        unused = [" | ".join(cells) for n, cells in enumerate(self.rows) if n not in used]
        check(not unused, f"{self.name} allows what does not differ any more:\n" + "\n".join(unused))
