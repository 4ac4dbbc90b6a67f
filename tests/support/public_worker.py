"""RunPod's worker, for which loopback is public, so that a test can be the internet.

Run as a worker's script.
"""

from poster.network import public_network

if __name__ == "__main__":
    import runpod_shim

    public_network.is_public = lambda address: True  # noqa: ARG005
    runpod_shim.main()
