"""A RunPod job -> a poster -> a reply; and the checks that a worker runs before its first job."""
