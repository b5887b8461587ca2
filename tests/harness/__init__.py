"""What the tests share: databases, cast, browser, HTTP helpers."""
