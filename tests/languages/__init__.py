"""English and the other languages: nothing is left untranslated, and everybody reads their own."""
