"""A token as a person pastes it: the rule is the same for all kinds that are connected by one (D05, §10)."""

from __future__ import annotations

from adapters.vault.secrets import Secret
from domain.errors import Invalid, Problem

LONGEST = 1_000


def clean_token(text: str) -> Secret:
    """Trims. Raises `Invalid` (`token_empty`, `token_has_spaces`); whether it is known only the provider can say."""
    token = text.strip()
    if not token:
        raise Invalid([Problem(field="token", code="token_empty", sentence="The token is empty.")])
    if any(character.isspace() or not character.isprintable() for character in token):
        raise Invalid([Problem(field="token", code="token_has_spaces", sentence="The token has spaces inside.")])
    if len(token) > LONGEST:
        raise Invalid([Problem(field="token", code="too_long", sentence="The token is longer than any token is.")])
    return Secret(token)
