"""Migrations: numbered, with one head, up and down."""
