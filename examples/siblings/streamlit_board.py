"""A dashboard of Streamlit:

streamlit run streamlit_board.py
"""

import streamlit as st

import asab_sentry

sentry = asab_sentry.init("siblings.conf", appclass="ShopBoard")

st.title("Orders")
day = st.query_params.get("day", "monday")
sentry.set_tag("day", day)

if day == "by-hand":
    try:
        raise ValueError("Handled by the script")
    except ValueError as error:
        sentry.capture_exception(error)

if day == "sunday":
    orders = None
    st.metric("Orders", len(orders))
