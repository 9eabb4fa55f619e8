"""Display titles of models: what a page or a table shows in place of a checkpoint's key.

The key (`conv-gmm`) stays in addresses, on the command line and in the card. Nothing here
needs torch, as the first page shows titles before torch is imported.
"""

from __future__ import annotations

import re

from ae_models.i18n import N_, Sentence

TITLES = {
    "judge": N_("Reference classifier"),
    "gallery": N_("Gallery autoencoder"),
    "article": N_("Article's autoencoder"),
    "article-denoising": N_("Article's denoising autoencoder"),
    "conv": N_("Convolutional"),
    "overcomplete": N_("Overcomplete"),
    "stacked": N_("Stacked"),
    "stacked-random": N_("Stacked, random initialisation"),
    "sparse": N_("Sparse"),
    "contractive": N_("Contractive"),
    "denoising-conv": N_("Denoising, convolutional"),
    "unet": "U-Net",
    "mae": N_("Masked autoencoder"),
    "vae": "VAE",
    "cvae": "CVAE",
    "cvae-attributes": N_("CVAE + attributes"),
    "conv-gmm": N_("Convolutional + GMM"),
    "vqvae": "VQ-VAE",
    "gan": "GAN",
    "invariant": "SimCLR",
    "few-labels": N_("Few labels"),
    "clusters": N_("Clusters"),
    "anomaly": N_("Anomalies"),
    "augmentation": N_("Augmentation"),
    "restoration": N_("Restoration"),
    "segmentation": N_("Segmentation"),
}
# Keys of one form have titles of one form: (form of the key, title).
FORMS = (
    (r"pca-(?P<k>\d+)", N_("PCA, {k}")),
    (r"undercomplete-(?P<k>\d+)d?", N_("Undercomplete, {k}")),
    (r"vae-(?P<k>\d+)d", N_("VAE, {k}")),
    (r"vae-beta-(?P<beta>[\d.]+)", N_("β-VAE (β = {beta})")),
    (r"denoising-(?P<sigma>[\d.]+)", N_("Denoising (σ = {sigma})")),
)
# Keys that leave out the number of their form.
FULL = {"undercomplete": "undercomplete-32", "denoising": "denoising-0.5"}

# Additions to titles, by key.
OF_THE_ARTICLE = N_(
    "The network of the introductory article: 784–128–64–32 units and back, ReLU on every layer "
    "including the code, sigmoid output, binary cross-entropy, Adam, 50 epochs. The later variants "
    "change its widths and activation, its loss, its code or what it is trained on."
)
DESCRIPTIONS = {
    "article": OF_THE_ARTICLE,
    "article-denoising": OF_THE_ARTICLE,
    "undercomplete": N_(
        "Layers of 784–192–96–32 units and back. The network of the article has 784–128–64–32; "
        "with those layers the squared error was still higher after twice as many epochs, so the "
        "undercomplete models have wider ones."
    ),
}


def title(name: str) -> Sentence:
    """The title of a checkpoint or study, English that a page can translate.

    A key without a title, such as that of a model which a visitor has trained, is its own.
    """
    for form, template in FORMS:
        if match := re.fullmatch(form, FULL.get(name, name)):
            return Sentence(template, **match.groupdict())
    return Sentence("{title}", title=TITLES.get(name, name))
