"""What exists: sectors, entities, aliases, bodies and roles, as tables that a non-programmer edits."""
