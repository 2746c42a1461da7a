"""Mingjian (明鉴) inspects mobile apps for unlawful collection and use of personal information, clause by clause."""
