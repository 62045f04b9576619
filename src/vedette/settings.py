"""The whole configuration as one typed tree; loading it reads files and environment, no more."""
