"""Published sources, as local copies -> the lists of names in poster/assets/lists."""
