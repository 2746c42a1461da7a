"""From the text of a policy to what it states: who does what, to which data, why, for whom and under which condition."""
