"""The tables, and the units of work that change them."""
