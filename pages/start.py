"""Start: one image through the bottleneck, and the way to everything else."""

from pathlib import Path

import streamlit as st

from ae_models.pipeline import previews
from ui.base.language import _
from ui.base.presentation_mode import aside
from ui.components.picture_sheet import Row, picture_sheet
from ui.shell import warmup
from ui.widgets import controls

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

WAYS = {
    _("Where to go from here"): (
        ("denoise", _("Denoise"), _("Put noise on images: who gets them clean, and how clean?")),
        ("compare", _("Compare"), _("The same images through every variant, errors and figures.")),
        ("latent_space", _("Latent space"), _("Walk among ten thousand codes; click to see one.")),
        ("generate", _("Generate"), _("Type 2026 and get it, in one handwriting or a hundred.")),
        ("learn", _("Learn"), _("The field in sixteen short steps, each with a live picture.")),
        ("train", _("Train one"), _("Choose a net, watch it learn, stop it, keep it.")),
    ),
    _("Anatomy: why it works"): (
        ("bottleneck", _("Bottleneck"), _("What a narrower code loses, and weighs.")),
        ("depth", _("Depth"), _("Where the gradient fades on its way.")),
        ("kl_and_beta", _("KL and beta"), _("Sharp pictures or a code to sample from.")),
        ("sparsity", _("Sparsity"), _("Which few of many units draw an image.")),
        ("contraction", _("Contraction"), _("What a code ignores, and what it follows.")),
    ),
    _("Applications: what it is good for"): (
        ("anomalies", _("Anomalies"), _("What is not of the kind that a model has seen.")),
        ("clusters", _("Clusters"), _("Ten groups that nobody named.")),
        ("few_labels", _("Few labels"), _("How far a hundred labels go.")),
        ("augmentation", _("Augmentation"), _("Do invented images help a classifier?")),
        ("morph", _("Morph"), _("From one image to another, or to another label.")),
    ),
}
with aside("ways"):
    for heading, ways in WAYS.items():
        st.subheader(heading)
        for column, (page, title, question) in zip(st.columns(len(ways)), ways, strict=True):
            with column, st.container(border=True, height="stretch"):
                script = Path(__file__).with_name(f"{page}.py")
                st.page_link(str(script), label=f"**{title}**")
                st.caption(question)
