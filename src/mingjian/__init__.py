"""Mingjian (明鉴) inspects mobile apps for unlawful collection and use of personal information, clause by clause.

>>> import mingjian
>>> report = mingjian.scan("app.apk", category="food_delivery")
"""

from mingjian.scan import scan as scan

__all__ = ["scan"]
