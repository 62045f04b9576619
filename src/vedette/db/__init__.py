"""Connections to SQLite and PostgreSQL, migrations, and the sealing of secrets at rest."""
