"""Runnable comparisons with named peers. Each measures both sides in the same run and prints the ratio.

`benchmarks/run` runs all of them, `benchmarks/run append intake` some, `--smoke` a tiny version of each for CI.
"""
