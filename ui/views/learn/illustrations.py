"""The live illustration of each Learn step: PICTURES, name -> function that shows it."""

from collections.abc import Callable

from ui.views.learn import generation, neuron_and_loss, reconstruction

PICTURES: dict[str, Callable[[str], None]] = {
    "neuron": neuron_and_loss.one_neuron,
    "timeline": neuron_and_loss.years,
    "parts": reconstruction.parts,
    "copying": reconstruction.copying,
    "widths": reconstruction.widths,
    "losses": neuron_and_loss.two_losses,
    "gradients": reconstruction.gradients,
    "noise": reconstruction.noise,
    "sparse": reconstruction.sparse,
    "contraction": reconstruction.contractive,
    "convolution": reconstruction.convolution,
    "cloud": generation.cloud,
    "condition": generation.condition,
    "gan": generation.samples,
    "patches": generation.patches,
}
