"""The base of the user interface: language, page table, query-parameter state."""
