"""A stand-in for Cog, on a test's PYTHONPATH: a server that fails as its title asks."""
