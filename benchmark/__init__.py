"""The open benchmark: dossiers with labels for the 31 behaviours of CAC-2019, and a runner that scores any tool on them."""
