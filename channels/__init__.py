"""The outside world, one file per channel: mail, notices, and a console twin for development."""
