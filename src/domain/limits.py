"""Concurrency limits: how many runs with one label, or tasks with one tag, may be Running at a time."""


class NoFreeSlot(Exception):
    """A limit has no slot left for one more; the caller decides what happens instead."""
