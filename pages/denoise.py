"""Denoise."""

import streamlit as st

st.title("Denoise")
