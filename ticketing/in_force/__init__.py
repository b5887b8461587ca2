"""The agreements in force: the router, their versions, their signatories and the facts recorded on them."""
