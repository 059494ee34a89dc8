"""The words of the product in other languages: one folder each, and what keeps them complete."""
