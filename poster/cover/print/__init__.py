"""A finished cover -> a PDF at its trim size, or covers side by side on a sheet."""
