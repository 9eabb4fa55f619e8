"""The reference classifier: shapes, determinism, and independence of the batch."""

import torch

from ae_models.networks.classifier import ReferenceClassifier, ReferenceClassifierConfig


def test_logits_and_features_have_their_shapes(images) -> None:
    judge = ReferenceClassifier(ReferenceClassifierConfig(channels=(4, 6, 8), features=12)).eval()
    assert judge(images(5)).shape == (5, 10)
    assert judge.features(images(5)).shape == (5, 12)


def test_eval_is_deterministic_and_image_by_image(images) -> None:
    judge = ReferenceClassifier(ReferenceClassifierConfig(channels=(4, 6, 8), features=12))
    judge(images(50))  # gives the normalisation its statistics
    judge.eval()
    x = images(5)
    assert torch.equal(judge(x), judge(x))
    assert torch.allclose(judge(x)[2:3], judge(x[2:3]), atol=1e-5)


def test_the_loss_is_the_cross_entropy(images) -> None:
    logits, labels = torch.randn(6, 10), torch.arange(6)
    terms = ReferenceClassifier(ReferenceClassifierConfig()).loss_terms(logits, labels)
    expected = -logits.log_softmax(1)[torch.arange(6), labels].mean()
    assert list(terms) == ["cross-entropy"]
    assert torch.allclose(terms["cross-entropy"], expected)
