"""Connections to SQLite and PostgreSQL, migrations, and the sealing of secrets at rest.

``engine.Database`` runs functions in threads, one transaction each; ``schema`` holds every table;
``migrations`` brings an older database up to date; ``sealing.Sealer`` encrypts what must not lie
readable in a copy of the database.
"""
