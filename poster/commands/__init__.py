"""The command line, one module per command: arguments -> one call, and lines on stdout."""
