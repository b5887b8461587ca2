"""Comparisons of agreements: cell by cell, by substitution of one version for another, by replay of requests."""
