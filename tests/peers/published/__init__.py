"""softargmax compared with published decoders: one module for each, run by `tests/peers/published.sh`."""
