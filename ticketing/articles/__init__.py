"""The knowledge base: articles that a side writes from solutions, and who may read them."""
