"""Side-by-side timings, each a command: `python -m benchmarks.latency`, `python -m benchmarks.pipeline`."""
