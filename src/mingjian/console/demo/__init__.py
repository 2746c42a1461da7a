"""An invented market to show the console with: apps, findings, cases and complaints. Everything in it is synthetic and says so."""
