"""What is published: the public lists in their four shapes."""
