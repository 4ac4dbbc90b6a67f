"""A checkout, its volume and this machine -> what would keep the worker from serving."""
