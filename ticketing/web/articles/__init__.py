"""The pages of the knowledge base: the list, one article, and the forms of those who write for their side."""
