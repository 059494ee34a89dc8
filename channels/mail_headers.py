"""Mail headers: how they are written; Message-IDs and links whole: the library would encode long ones, and then they are none."""

from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.policy import EmailPolicy, default


class Whole(UnstructuredHeader):
    """One word to a line, as it is."""

    def fold(self, *, policy: EmailPolicy) -> str:
        """Write the header."""
        words = f"{policy.linesep} ".join(str(self).split())
        return f"{self.name}: {words}{policy.linesep}"  # type: ignore[attr-defined]


def _registry() -> HeaderRegistry:
    made = HeaderRegistry()
    for name in ("message-id", "in-reply-to", "references", "list-unsubscribe"):
        made.map_to_type(name, Whole)  # type: ignore[arg-type]
    return made


POLICY = default.clone(header_factory=_registry())
