"""Who the token speaks for."""

from typing import Any

from api.operations import operation
from policy import Actor


@operation("GET", "/me", "me")
def me(actor: Actor) -> dict[str, Any]:
    """Tell who this token speaks for, and what it may do."""
    own = {"id": actor.organisation_public_id, "name": actor.organisation_name} if actor.organisation_id else None
    return {"id": actor.public_id, "name": actor.name, "email": actor.email, "side": actor.side, "role": actor.role,
            "organisation": own, "scopes": sorted(actor.scopes or ["*"]), "language": actor.language, "zone": actor.zone}  # fmt: skip
