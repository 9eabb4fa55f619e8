"""Start: one image through the bottleneck, and links to all pages."""

import streamlit as st

from ae_models.pipeline import previews
from ui.base.language import _
from ui.base.pages import GROUPS, in_group, script
from ui.base.presentation_mode import aside
from ui.components.picture_sheet import Row, picture_sheet
from ui.shell import warmup
from ui.widgets import controls

MOST_IN_A_ROW = 5  # cards; narrower ones would cut titles off

dataset = controls.dataset()

st.title(_("What survives a bottleneck?"))
st.markdown(
    _(
        "An autoencoder encodes an image of 784 pixels as a latent code of a few numbers and "
        "reconstructs the image from the code alone. Which details does the reconstruction "
        "keep?"
    )
)


@st.fragment(run_every=0.5)
def until_warm() -> None:
    """Exchange the shipped picture for the live one as soon as models can be loaded."""
    if warmup.ready():
        st.rerun()


if warmup.ready():
    from ui.views.start import view

    view.live(dataset)
else:
    preview = previews.read(dataset)
    if preview is not None:
        picture_sheet(
            [Row(_("Input"), preview.x), Row(_("Reconstruction"), preview.x_hat)],
            key="examples",
        )
    until_warm()

with aside("ways"):
    for group, about in GROUPS.items():
        st.subheader(_(about.heading))
        ways = [(key, way) for key, way in in_group(group).items() if key != "start"]
        width = len(ways) if len(ways) <= MOST_IN_A_ROW else 3
        for first in range(0, len(ways), width):
            row = ways[first : first + width]
            for column, (key, way) in zip(st.columns(width)[: len(row)], row, strict=True):
                with column, st.container(border=True, height="stretch"):
                    icon = f":material/{way.icon}:"
                    st.page_link(script(key), label=f"**{_(way.title)}**", icon=icon)
                    st.caption(_(way.question))
