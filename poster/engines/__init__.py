"""A dummy and a picture in, a painted picture out: the engines and how one is chosen."""
