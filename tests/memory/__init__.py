"""The store in memory: the same rows by the same rules as in PostgreSQL, and topics that keep what they are sent."""
