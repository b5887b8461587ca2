"""Helpers that the tests share: databases, cast, browser, HTTP."""
