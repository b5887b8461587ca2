"""Whether the tests notice a wrong program: one small change at a time, and the tests that run it. `./run mutants`."""
