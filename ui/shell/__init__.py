"""The frame around every page: menu, presentation mode, warm-up, data-source note."""
