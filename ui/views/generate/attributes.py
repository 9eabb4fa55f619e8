"""Attributes requested by sliders, and their values measured on the generated images."""

import math

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor

from ae_models import datasets, inference
from ae_models.base import TakesAttributes
from ae_models.images.attributes import MEASURES, measure
from ae_models.tasks.attribute_conditioning import error_of
from ui.base.language import _
from ui.cache import models

REACH = 2.5  # standard deviations of the training images, to either side of their mean


def choose(model: TakesAttributes) -> Tensor:
    """One slider per attribute, over ± REACH standard deviations: (A,) in their units."""
    requested = []
    with st.container(horizontal=True, gap="small"):
        for name, centre, scale in zip(
            model.attributes, model.centre.tolist(), model.scale.tolist(), strict=True
        ):
            digits = decimals(scale)
            low, first, high = (round(centre + way * scale, digits) for way in (-REACH, 0.0, REACH))
            requested.append(
                st.slider(
                    in_words(name),
                    low,
                    high,
                    first,
                    10.0**-digits,
                    format=f"%.{digits}f",
                    key=name,
                    width=260,
                    bind="query-params",
                )
            )
    return torch.tensor(requested)


def decimals(scale: float) -> int:
    """Decimals to show of an attribute with this standard deviation."""
    return max(0, -math.floor(math.log10(scale / 4)))


def in_words(name: str) -> str:
    """An attribute with its unit."""
    unit = MEASURES[name].unit
    return f"{_(name).capitalize()}, {_(unit)}" if unit else _(name).capitalize()


def measured(model: TakesAttributes, pixels: NDArray[np.uint8]) -> list[str]:
    """Mean attributes of each row of images (R, L, 28, 28): (R, A)."""
    names = model.attributes
    digits = [decimals(scale) for scale in model.scale.tolist()]
    lines = []
    for row in pixels:
        found = measure(names, datasets.to_tensor(row)).mean(0).tolist()
        triples = zip(names, found, digits, strict=True)
        lines.append(", ".join(f"{_(name)} {value:.{places}f}" for name, value, places in triples))
    return lines


def table(dataset: str, name: str, pixels: NDArray[np.uint8]) -> None:
    """Requested and measured values, on these images and, from the card, on all test images."""
    names = inference.require(models.model(dataset, name), TakesAttributes).attributes
    requested = torch.tensor([float(st.session_state[each]) for each in names])
    found = measure(names, datasets.to_tensor(pixels.reshape(-1, 28, 28)))  # (N, A)
    test = models.card_of(dataset, name).test
    errors = [test.get(error_of(each)) if test else None for each in names]
    references = [test.get(error_of(each, requested=False)) if test else None for each in names]
    columns = {
        _("attribute"): [in_words(each) for each in names],
        _("requested"): requested.tolist(),
        _("measured, mean"): found.mean(0).tolist(),
        _("mean absolute error"): (found - requested).abs().mean(0).tolist(),
        _("mean absolute error, card"): errors,
        _("mean absolute error if not requested, card"): references,
    }
    config = {
        title: st.column_config.NumberColumn(format="%.2f")
        for title in columns
        if title != _("attribute")
    }
    st.dataframe(columns, column_config=config, hide_index=True, key="attributes")
