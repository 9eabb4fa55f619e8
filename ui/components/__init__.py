"""Browser parts: a .py, .js and .css each. What comes back from one is untrusted input."""
