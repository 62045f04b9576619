"""Places for footage: what a driver must do, and the set of volumes that an installation uses."""
