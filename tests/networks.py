"""The networks that this machine gives to programs, asked without the product's own code."""

import os
import shutil
import subprocess
import sys


def can_have_a_network(user=None):
    """Return True if a program of a user (this one if None) may make a network of its own."""
    unshare = shutil.which("unshare")
    if sys.platform != "linux" or unshare is None:
        return False
    is_root = (os.geteuid() if user is None else user) == 0
    options = ["--net"] if is_root else ["--user", "--map-root-user", "--net"]
    groups = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    made = subprocess.run([unshare, *options, "true"], check=False, capture_output=True, cwd="/", **groups)
    return made.returncode == 0
