"""What stands between a door and the maker: files in, files out, and what Cog wants declared."""
