"""Projections in PostgreSQL: their tables, the folding of pages into them, rebuilding, and what is asked of them."""
