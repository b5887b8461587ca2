"""The entry point of the command `guichet`: it imports the modules that each add their group of commands to `main`."""

from __future__ import annotations

from ticketing.commands import (  # noqa: F401 - each adds its commands to `main`
    access,
    arrivals,
    backup,
    committees,
    demo,
    doctor,
    mail,
    matrix,
    operation,
    suggest,
)
from ticketing.commands.base import main

__all__ = ["main"]
