"""What people do: one file of verbs per noun. Verbs never commit; the edges do."""
