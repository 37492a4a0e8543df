"""Living on a host: shutting down, memory."""
