"""The privacy policy's facts for templates."""

from django import template

from mingjian.console.complaints.policy import Facts, Version, changed, facts

register = template.Library()


@register.simple_tag
def privacy_facts() -> Facts:
    """What the page of the policy is filled with."""
    return facts()


@register.simple_tag
def privacy_changed() -> Version | None:
    """The version of the policy that pages tell of while it is new."""
    return changed()
