"""All variants of autoencoders, one per module, in reading order."""

from ae_models.base import Model
from ae_models.variants.article import Article
from ae_models.variants.contractive import Contractive
from ae_models.variants.cvae import Cvae
from ae_models.variants.cvae_attributes import CvaeAttributes
from ae_models.variants.gan import Gan
from ae_models.variants.mae import Mae
from ae_models.variants.mixture import Mixture
from ae_models.variants.overcomplete import Overcomplete
from ae_models.variants.pca import Pca
from ae_models.variants.plain import PlainAutoencoder
from ae_models.variants.sparse import Sparse
from ae_models.variants.stacked import Stacked
from ae_models.variants.unet import Unet
from ae_models.variants.vae import Vae
from ae_models.variants.vqvae import Vqvae

VARIANTS: dict[str, type[Model]] = {
    "pca": Pca,
    "article": Article,
    "plain": PlainAutoencoder,
    "overcomplete": Overcomplete,
    "stacked": Stacked,
    "sparse": Sparse,
    "contractive": Contractive,
    "unet": Unet,
    "mae": Mae,
    "vae": Vae,
    "cvae": Cvae,
    "cvae-attributes": CvaeAttributes,
    "mixture": Mixture,
    "vqvae": Vqvae,
    "gan": Gan,
}
