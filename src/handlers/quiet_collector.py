"""Imported first by every function, so that Python looks for cycles of garbage less often from the start.

Starting makes some hundred thousand objects that all stay, and the collector would look at them 200 times.
Later a request leaves few cycles; at this threshold they take some megabytes before they are looked for.
"""

import gc

gc.set_threshold(50_000)
