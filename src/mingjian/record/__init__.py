"""Recording what an app does, on a device."""
