"""The note on the source of the images."""

import pytest

from ae_models import datasets
from ae_models.artifacts.card import read_card
from ae_models.metric_key import Metric
from ui.shell.data_source_note import _gallery_psnr


@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_the_note_gives_the_psnr_of_the_gallery(dataset: str) -> None:
    test = read_card(dataset, "gallery").test
    assert test is not None
    assert _gallery_psnr(dataset) == f"{test[Metric('psnr', condition='8_bit_codes')]:.1f} dB"
