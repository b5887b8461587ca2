"""The rules: who answers for what, and the clause that says so.

This package knows no web, no database, no clock and no environment; it can be used alone:

    from matrix import load_conventions, Router, Request
    decision = Router(load_conventions()).route(Request(...))
"""
