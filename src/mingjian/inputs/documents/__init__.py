"""Formats of documents, each read into passages and grids; runs in the child process that `inputs.policy` starts."""
