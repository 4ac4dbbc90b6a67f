"""A checkout, its volume and this machine -> what would prevent the worker from serving."""
