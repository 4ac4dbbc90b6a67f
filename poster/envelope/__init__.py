"""A finished cover -> a picture of that cover in a clear plastic envelope."""
