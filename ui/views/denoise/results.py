"""What every task of the Denoise page shows: image rows, bars, and figures of the study."""

from collections.abc import Mapping

import streamlit as st
from torch import Tensor

from ae_models import datasets, inference
from ae_models.tasks.restoration import methods, study
from ui.base.language import _
from ui.base.model_titles import model_title
from ui.cache import models
from ui.components.picture_sheet import Row, picture_sheet
from ui.plots import basic
from ui.views.denoise import cache
from ui.widgets.available_models import usable
from ui.widgets.image_selection import SelectedImages
from ui.widgets.plotly_chart import chart

Qualities = Mapping[str, methods.Quality]


def blind(dataset: str, corrupted: Tensor) -> dict[str, Tensor]:
    """Blind restoration of (N, 1, 28, 28), by its label; empty if the model cannot be loaded."""
    name = methods.BLIND
    if name not in models.available(dataset, "reconstructs") or not usable(dataset, [name]):
        return {}
    label = _("{name}, blind").format(name=model_title(name))
    with inference.noticed() as notices:
        restored = inference.reconstruct(models.model(dataset, name), corrupted)
    for notice in notices:
        st.caption(_(notice))
    return {label: restored}


def show(
    chosen: SelectedImages,
    given: str,
    corrupted: Tensor,
    answers: Mapping[str, Tensor],
    key: str,
    reference_name: str,
) -> None:
    """Original and corrupted images, a row per method with its PSNR and SSIM, and bars.

    `given` labels the row of the corrupted images, `reference_name` names them in a caption.
    """
    x = chosen.x
    reference = methods.quality(corrupted, x)
    qualities = {name: methods.quality(x_hat, x) for name, x_hat in answers.items()}
    rows = [
        Row(_("Original"), chosen.pixels),
        Row(given, datasets.to_pixels(corrupted), note=note(reference)),
        *(
            Row(name, datasets.to_pixels(x_hat), note=note(qualities[name]))
            for name, x_hat in answers.items()
        ),
    ]
    picture_sheet(rows, key=key, largest=84)
    bars(qualities, reference, reference_name)


def note(quality: methods.Quality) -> str:
    """PSNR and SSIM on one line."""
    return _("{psnr:.1f} dB, SSIM {ssim:.2f}").format(psnr=quality.psnr, ssim=quality.ssim)


def bars(qualities: Qualities, reference: methods.Quality, given: str) -> None:
    """PSNR and SSIM of each method, by its label; a dotted line for the corrupted input."""
    titles = {"psnr": _("PSNR in dB"), "ssim": _("SSIM")}
    for column, (measure, title) in zip(st.columns(2, gap="large"), titles.items(), strict=True):
        values = [getattr(quality, measure) for quality in qualities.values()]
        with column:
            figure = basic.quality_bars(list(qualities), values, getattr(reference, measure), title)
            chart(figure, key=f"{measure}_bars", alt=title)
    st.caption(_("Dotted: {given}.").format(given=given))


def of_test_split(dataset: str, case: study.Case | None) -> None:
    """Figures of the restoration study for one case; nothing where there are none."""
    test = cache.figures(dataset, study.NAME)
    if test is None or case is None or case.metric(study.BLIND_METHOD) not in test.values:
        return
    whole = {
        study.INPUT: _("corrupted input"),
        study.BLIND_METHOD: _("blind restoration"),
        study.SPECIALIST: _("a specialist for this corruption"),
    }
    psnr_by_name = {name: test.get(case.metric(name)) for name in whole}
    classical = {
        key.method: value
        for key, value in test.values.items()
        if key == case.metric(key.method, first_images=True)
    }
    few = classical.pop(study.BLIND_METHOD, None)
    lines = [
        _(
            "PSNR of the whole image, mean over all {count:,} original test images: {figures}."
        ).format(
            count=test.images,
            figures=", ".join(
                f"{name} **{psnr_by_name[key]:.1f} dB**"
                for key, name in whole.items()
                if psnr_by_name[key] is not None
            ),
        )
    ]
    if classical and few is not None:
        best = max(classical, key=lambda name: classical[name])
        lines.append(
            _(
                "The first {count:,} of them: blind restoration **{few:.1f} dB**, the best "
                "classical method ({name}) **{psnr:.1f} dB**."
            ).format(
                count=min(study.FEW, test.images),
                few=few,
                name=_(best),
                psnr=classical[best],
            )
        )
    st.markdown(" ".join(lines))
