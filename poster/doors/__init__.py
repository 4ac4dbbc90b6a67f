"""What doors share: a photo in, files out, a request as flags, and what Cog wants declared."""
