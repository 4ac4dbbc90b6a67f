"""A worker's network access: images from callers' URLs, and uploads to a bucket."""
