"""Complaints of the public: taken in, kept secret, answered in time, erased on schedule."""
