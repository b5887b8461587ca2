"""How fast Guichet is, as multiples of a floor measured in the same run. `./run bench`; results in RESULTS.md."""
