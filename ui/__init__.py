"""What pages share: the only place besides app.py and pages/ that knows streamlit."""
