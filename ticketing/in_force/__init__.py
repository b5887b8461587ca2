"""The agreements as they bind now: the router in force, their versions, their signatories, recorded facts."""
