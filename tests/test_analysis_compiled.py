"""What numba has compiled is kept, where there is a place for it."""

import numba

from analysis.compiled import keep_compiled


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same() -> None:
    # Of code that lies in no file there can be no cache.
    space: dict[str, object] = {}
    exec("def double(x): return 2 * x", space)
    double = numba.njit(space["double"])
    keep_compiled(None, double, print)
    assert double(21) == 42
