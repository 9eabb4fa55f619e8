"""What everything on screen stands on: language, page table, query-parameter state."""
