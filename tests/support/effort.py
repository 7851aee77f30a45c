"""How long random tests search: a fixed number of cases in the suite, more on demand (`make fuzz`)."""

import os


def examples(count: int) -> int:
    """`count` cases, times `PAYSIM_FUZZ`."""
    return count * int(os.environ.get("PAYSIM_FUZZ", "1"))
