"""The network of the article: its layers, encoder and decoder."""

import pytest
import torch
from torch import nn

from ae_models.base import AutoencoderConfig
from ae_models.training.recipes import recipe
from ae_models.variants.article import Article


@pytest.fixture
def model() -> Article:
    torch.manual_seed(0)
    return Article(AutoencoderConfig(latent_dim=32)).eval()


def test_layers_are_those_of_the_article(model: Article) -> None:
    sizes = [(m.in_features, m.out_features) for m in model.modules() if isinstance(m, nn.Linear)]
    assert sizes == [(784, 128), (128, 64), (64, 32), (32, 64), (64, 128), (128, 784)]
    assert sum(isinstance(m, nn.ReLU) for m in model.encoder) == 3  # on the code layer too
    assert sum(isinstance(m, nn.ReLU) for m in model.decoder) == 2


def test_encoder_and_decoder_can_be_used_apart(model: Article) -> None:
    x = torch.rand(5, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        output = model(x)
        z = model.encode(x)
        assert z.shape == (5, 32) and (z >= 0).all() and (z > 0).any()
        assert torch.equal(z, output.z)
        assert torch.equal(model.decode(z), output.x_hat)
        assert torch.equal(model.decode(z), model.decoder(z).sigmoid())


@pytest.mark.parametrize("dataset", ["mnist", "fashion"])
@pytest.mark.parametrize("name", ["article", "article-denoising"])
def test_it_is_trained_as_in_the_article(dataset: str, name: str) -> None:
    chosen = recipe(dataset, name)
    (phase,) = chosen.phases
    assert chosen.config.reconstruction == "binary cross-entropy"
    assert (phase.epochs, phase.batch_size, phase.learning_rate) == (50, 256, 1e-3)
    assert (phase.optimizer, phase.schedule, phase.weight_decay) == ("Adam", "constant", 0)
    noise = [tuple(each) for each in phase.corruptions]
    assert noise == ([("Gaussian", 0.5, None)] if name == "article-denoising" else [])
