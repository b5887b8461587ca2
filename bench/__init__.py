"""Benchmark of Guichet, in multiples of a floor measured in the same run. Run `./run bench`; see RESULTS.md."""
