"""The version of the client, the same as pyproject.toml's."""

__version__ = "0.1.0"
