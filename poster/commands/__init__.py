"""The command line, a module for each command: arguments -> one call, and lines on stdout."""
