"""Where Cog has its server."""
