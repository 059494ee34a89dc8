"""What verbs know of the installation they run in: its secret, its language and zone, where it is reached."""

import config

_told: list[config.Settings] = []


def use(settings: config.Settings) -> None:
    """Let every verb of this process work with these settings."""
    _told[:] = [settings]


def settings() -> config.Settings:
    """Return the settings in use; without an application, those of the environment."""
    if not _told:
        use(config.load())
    return _told[0]
