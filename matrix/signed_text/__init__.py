"""The signed text itself: read, split into sentences, and set beside what the agreement's files take from it."""
