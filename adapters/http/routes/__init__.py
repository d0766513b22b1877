"""The addresses below `/v1`, one file a noun."""
