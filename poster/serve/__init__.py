"""poster serve: Cog's HTTP server behind a guard, and a supervisor that replaces it if it fails.

A request goes through http_server (connections), admission (who and how often), guard (what is
asked), prediction (its content) and slot (its turn) to a CogServer, which the supervisor keeps
alive. Webhooks come back through relay.
"""
