"""PCA against scikit-learn's."""

import numpy as np
import torch
from sklearn.decomposition import PCA

from ae_models.base import AutoencoderConfig
from ae_models.variants.pca import Pca


def fitted(images: torch.Tensor, dim: int) -> Pca:
    model = Pca(AutoencoderConfig(latent_dim=dim))
    model.fit(images)
    return model.eval()


def test_components_and_codes_are_scikit_learns_up_to_sign(images) -> None:
    x = images(300)
    ours = fitted(x, 12)
    theirs = PCA(12, svd_solver="full").fit(x.flatten(1).double().numpy())
    sign = np.sign((ours.components.numpy() * theirs.components_).sum(1))
    assert np.allclose(ours.components.numpy() * sign[:, None], theirs.components_, atol=1e-5)
    assert np.allclose(ours.mean.numpy(), theirs.mean_, atol=1e-6)
    codes = theirs.transform(x.flatten(1).numpy())
    assert np.allclose(ours.encode(x).numpy() * sign, codes, atol=1e-4)
    back = theirs.inverse_transform(codes).clip(0, 1)
    assert np.allclose(ours.decode(ours.encode(x)).flatten(1).numpy(), back, atol=1e-4)


def test_enough_components_reconstruct_exactly(images) -> None:
    x = images(20)
    assert torch.allclose(fitted(x, 20)(x).x_hat, x, atol=1e-4)


def test_a_fit_repeats_exactly_with_its_signs(images) -> None:
    x = images(100)
    first = fitted(x, 5).components
    assert torch.equal(fitted(x, 5).components, first)
    assert (first.gather(1, first.abs().argmax(1, keepdim=True)) > 0).all()
