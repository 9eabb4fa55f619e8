"""Generate: samples of requested classes and styles by generative models."""

import streamlit as st

from ui.base.language import _
from ui.base.presentation_mode import aside, for_readers
from ui.cache import models
from ui.views.generate import attributes, sheet
from ui.views.generate import samplers as generate_samplers
from ui.widgets import controls, dataset_export

dataset = controls.dataset()

st.title(_("Generate"))
st.markdown(
    _(
        "A class-conditional VAE generates an image from a label and a style code; other "
        "generative models do without one or both. Do the images show the requested class, and "
        "are they new?"
    )
)

samplers = models.available(dataset, "samples")
if not samplers:
    st.info(_("No generative model has been trained for this data set yet."))
    st.stop()
name = generate_samplers.choose(samplers)
can = generate_samplers.abilities(models.model(dataset, name))

with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
    labels = None
    if can.labels:
        labels = sheet.choose_labels(dataset)
        st.button(_("All classes"), on_click=sheet.choose_all, args=(dataset,), key="all")
        count = sheet.choose_count(can.styles)
    else:
        count = controls.number_of_images(100, 30)
    temperature = sheet.choose_temperature()
    seed = 0 if can.styles else controls.seed()
if can.styles:
    generated = generate_samplers.in_styles(dataset, name, labels or [], count, temperature)
else:
    generated = generate_samplers.samples(dataset, name, labels, count, temperature, seed)

if generated is None:
    st.info(_("Choose labels and a style; the images appear here."))
    st.stop()

with st.container(horizontal=True, gap="small"):
    real = st.toggle(_("Show test images"), key="real", bind="query-params")
    with_nearest = st.toggle(
        _("Memorisation check"),
        key="nearest",
        bind="query-params",
        help=_(
            "Shows below each generated image its nearest training image, by Euclidean distance in "
            "pixels."
        ),
    )
sheet.sheet(dataset, generated, real=real, with_nearest=with_nearest)
if can.attributes:
    attributes.table(dataset, name, generated.pixels)
with aside("downloads"):
    sheet.download(dataset, generated)
generate_samplers.summary(dataset, name, can)
for_readers(generate_samplers.notice(can))

files = aside("files")  # a large set takes seconds: it comes when all the rest is there
with aside("samplers"):
    st.subheader(_("All generative models"))
    generate_samplers.table(dataset, samplers, name)
    generate_samplers.show_card(dataset, name)
if can.labels:
    with files:
        st.subheader(_("Export of a labelled data set"))
        seed = int(st.session_state.get("seed", 0))
        dataset_export.offer(dataset, name, labels or [], seed, temperature)
