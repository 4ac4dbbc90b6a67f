"""A dummy and a picture -> a painted picture: the engines, and how one is chosen."""
