"""Pages of the dossiers of committees: asked for, made by a job, read on paper and in files."""
