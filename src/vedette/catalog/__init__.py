"""Which footage exists and where it lies; one store, SQLite or PostgreSQL beneath."""
