"""Image restoration: the blind model, and each corruption's baseline."""

from ae_models.tasks.restoration.methods import restore as restore
