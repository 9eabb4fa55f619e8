"""Speed as a visitor feels it, measured in a real browser beside a bare Streamlit app."""
