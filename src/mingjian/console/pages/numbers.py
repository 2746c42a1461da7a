"""Numbers of rows that a request tells."""


def row_number(told: str) -> int:
    """The number of a row as an address or a form says it; 0, which none has, for anything else."""
    return int(told) if told.isascii() and told.isdecimal() and len(told) <= 18 else 0
