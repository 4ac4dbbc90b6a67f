"""A RunPod job -> a poster -> its reply, and what a worker checks before it takes one."""
