"""A caption on the source of the images, and the button that downloads the originals."""

import json

import streamlit as st

from ae_models import datasets
from ae_models.artifacts.card import folder
from ae_models.i18n import Sentence
from ui.base.language import _, said

PSNR_OF_CODES = {"measure": "psnr", "condition": "8_bit_codes"}  # a record of the card


def data_source_note(dataset: str) -> None:
    """A note on whether the images are original or decoded, with a download button if decoded."""
    record = datasets.DATASETS[dataset]
    credit = _(record.credit)
    faults = datasets.faults(dataset)
    if not faults:
        st.caption(_("Original images. {credit}").format(credit=credit))
        return
    st.caption(
        _("Bundled gallery: images decoded from 8-bit codes, PSNR {psnr}. {credit}").format(
            psnr=_gallery_psnr(dataset), credit=credit
        )
    )
    if datasets.any_file(dataset):
        _put_right(record, faults)
    if record.torchvision is not None and st.button(
        _("Download the original files"), icon=":material/download:", key="fetch"
    ):
        _fetch(dataset)


def _put_right(record: datasets.Dataset, faults: list[Sentence]) -> None:
    """Reasons why existing files are not used, and what to do about each."""
    about = _("The files in {folder} are not used, since not all four are the original: {faults}.")
    place = f"{record.folder}/raw"
    st.caption(about.format(folder=place, faults="; ".join(said(fault) for fault in faults)))


def _fetch(dataset: str) -> None:
    """Download with progress; a failure is reported and leaves existing files unchanged."""
    progress = st.progress(
        0.0, _("Downloading {name}").format(name=datasets.DATASETS[dataset].title)
    )
    try:
        for done in datasets.download(dataset):
            progress.progress(done)
    except datasets.DataMissing as error:
        progress.empty()
        st.warning(
            _("{reason}. The bundled gallery (decoded images) is still used.").format(
                reason=said(error)
            )
        )
        return
    st.rerun()


def _gallery_psnr(dataset: str) -> str:
    """From the gallery's card, read as plain JSON: this line is on the first page."""
    try:
        card = json.loads((folder(dataset, "gallery") / "card.json").read_text())
        records = card["test"]["values"]
        found = next(each for each in records if each.items() >= PSNR_OF_CODES.items())
        return f"{found['value']:.1f} dB"
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration):
        return _("not measured")
