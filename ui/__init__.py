"""What pages share: which besides app.py and pages/ alone imports streamlit."""
