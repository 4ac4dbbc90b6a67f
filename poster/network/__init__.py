"""The two places where a worker meets the network: callers' URLs in, a bucket out."""
