"""The live picture of each step of the path: PICTURES, name -> what draws it for a data set."""

from collections.abc import Callable

from ui.learning import inventing, numbers, redrawing

PICTURES: dict[str, Callable[[str], None]] = {
    "neuron": numbers.one_neuron,
    "timeline": numbers.years,
    "parts": redrawing.parts,
    "copying": redrawing.copying,
    "widths": redrawing.widths,
    "losses": numbers.two_losses,
    "gradients": redrawing.gradients,
    "noise": redrawing.noise,
    "sparse": redrawing.sparse,
    "contraction": redrawing.contractive,
    "convolution": redrawing.convolution,
    "cloud": inventing.cloud,
    "condition": inventing.condition,
    "gan": inventing.samples,
    "patches": inventing.patches,
}
