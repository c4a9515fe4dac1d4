"""Lets Prefect Core 0.8.1 run on Python 3.10 and later, from the site-packages of its environment.

Core 0.8.1 and its contemporaries look the abstract containers up in `collections`, where Python 3.3 to 3.9
kept aliases for them. Without these names `flow.run()` ends `Failed`, and a state handler raises.
"""

import collections
import collections.abc

ALIASES = ("Callable", "Hashable", "Iterable", "Mapping", "MutableMapping", "MutableSet", "Sequence", "Set")

for alias in ALIASES:
    setattr(collections, alias, getattr(collections.abc, alias))
