"""Running the console: starting it, its worker, backing it up and bringing it back."""
