"""The log in PostgreSQL: one write path (`executor`), one reader (`log`), one form of an event on disk (`codec`)."""
