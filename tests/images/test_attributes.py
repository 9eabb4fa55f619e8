"""Attributes: measured on shapes whose thickness, slant, brightness and width are known."""

import math

import pytest
import torch
from torch import Tensor

from ae_models.datasets import DATASETS, to_tensor
from ae_models.images import attributes


def bar(left: int, right: int, top: int = 4, bottom: int = 24, grey: float = 1.0) -> Tensor:
    """One upright bar (1, 1, 28, 28) from column `left` up to `right`."""
    x = torch.zeros(1, 1, 28, 28)
    x[..., top:bottom, left:right] = grey
    return x


def leaning(shear: float) -> Tensor:
    """A stroke that moves `shear` columns to the right for every row upwards."""
    x = torch.zeros(1, 1, 28, 28)
    for row in range(4, 24):
        column = 14 + shear * (13.5 - row)
        whole, part = math.floor(column), column - math.floor(column)
        x[0, 0, row, whole] += 1 - part
        x[0, 0, row, whole + 1] += part
    return x


@pytest.mark.parametrize("width", [1, 2, 4, 6])
def test_thickness_of_a_bar_is_its_width(width: int) -> None:
    """Up to its two short ends, which belong to the outline too."""
    found = attributes.thickness(bar(10, 10 + width)).item()
    assert found == pytest.approx(width * 20 / (width + 20), rel=0.05)


@pytest.mark.parametrize("shear", [-0.5, -0.2, 0.0, 0.2, 0.5])
def test_slant_is_the_angle_of_the_lean(shear: float) -> None:
    found = attributes.slant(leaning(shear)).item()
    assert found == pytest.approx(math.degrees(math.atan(shear)), abs=0.3)


@pytest.mark.parametrize("grey", [0.2, 0.6, 1.0])
def test_brightness_is_the_grey_of_the_garment_whatever_its_size(grey: float) -> None:
    for right in (12, 20):
        assert attributes.brightness(bar(8, right, grey=grey)).item() == pytest.approx(grey)


@pytest.mark.parametrize("width", [3, 8, 15])
@pytest.mark.parametrize("grey", [0.3, 1.0])
def test_width_of_a_bar_is_its_width_whatever_its_grey(width: int, grey: float) -> None:
    """An even bar of n columns has a variance of (n² - 1) / 12."""
    found = attributes.width(bar(5, 5 + width, grey=grey)).item()
    assert found == pytest.approx(math.sqrt(width**2 - 1), rel=1e-4)


@pytest.mark.parametrize("name", attributes.MEASURES)
def test_an_attribute_does_not_change_where_the_image_is_moved(name: str) -> None:
    x = leaning(0.3)
    moved = x.roll((2, -3), dims=(2, 3))
    measure = attributes.MEASURES[name].measure
    assert torch.allclose(measure(x), measure(moved), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", attributes.MEASURES)
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_empty_and_full_images_have_finite_attributes(name: str, value: float) -> None:
    found = attributes.MEASURES[name].measure(torch.full((3, 1, 28, 28), value))
    assert found.shape == (3,) and found.isfinite().all()


@pytest.mark.parametrize("dataset", DATASETS)
def test_each_data_set_has_two_attributes_that_vary(dataset: str, original) -> None:
    names = DATASETS[dataset].attributes
    x = to_tensor(original(dataset, "test").pixels[:500])
    found = attributes.measure(names, x)
    assert found.shape == (500, 2)
    for column, name in enumerate(names):
        assert torch.equal(found[:, column], attributes.MEASURES[name].measure(x))
    assert (found.std(0) > 0.02 * found.mean(0).abs()).all()
