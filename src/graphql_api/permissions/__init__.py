"""Who may use which field of the schema."""
