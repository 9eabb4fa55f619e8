"""Every kind of autoencoder, one idea a file, in reading order."""

from ae_models.base import Autoencoder
from ae_models.variants.cvae import Cvae
from ae_models.variants.pca import Pca
from ae_models.variants.plain import PlainAutoencoder
from ae_models.variants.vae import Vae

VARIANTS: dict[str, type[Autoencoder]] = {
    "pca": Pca,
    "plain": PlainAutoencoder,
    "vae": Vae,
    "cvae": Cvae,
}
