"""The operator's side: its own cases, its answers, its corrected versions."""
