"""softargmax beside the decoders that others have published: one module for each, run by
`tests/peers/published.sh`."""
