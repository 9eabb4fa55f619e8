"""The bare app: one slider, one number. No Streamlit app on this machine can be faster."""

import streamlit as st

strength = st.slider("Strength", 0.0, 1.0, 0.0, 0.05)
st.text(f"{strength:.2f}")
