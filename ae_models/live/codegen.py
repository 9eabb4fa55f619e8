"""Exports a configured network as one file of plain PyTorch, independent of this project.

The file is generated from the network itself, layer by layer, so that it loads the weights of a
live training and computes the same loss.
"""

from __future__ import annotations

from textwrap import indent

from torch import nn

from ae_models.datasets import DATASETS, Dataset
from ae_models.live import codegen_templates
from ae_models.live.config import Choice
from ae_models.networks.backbones import Dropout
from ae_models.training.recipe import untrained
from ae_models.variants.stacked import Stacked

TRAINING_FILE = "train-images-idx3-ubyte"  # IDX: a header of 16 bytes, then the pixels


def code(choice: Choice) -> str:
    """The source of the file."""
    model = untrained(choice.recipe().variant, choice.config(), choice.seed)
    made = codegen_templates.OPTIMIZERS[choice.optimizer]
    rates = {"rate": f"{choice.learning_rate:g}", "decay": f"{choice.weight_decay:g}"}
    pair = made.format(weights="[*down.parameters(), *up.parameters()]", **rates)
    greedy = choice.pretraining if choice.kind == "stacked" else 0
    steps = ["pretrain(model, x)"] if greedy else []
    record = DATASETS[choice.dataset]
    return codegen_templates.FILE.format(
        title=f"{choice.kind} autoencoder of {record.title}, latent dimension {choice.code}",
        source=source_sentence(record),
        read=indent(reading(record), " " * 8),
        images=choice.images,
        epochs=choice.epochs,
        batch=choice.batch_size,
        seed=choice.seed,
        network=network(choice, model),
        error=codegen_templates.ERRORS[choice.reconstruction],
        terms=terms(choice),
        corruption=codegen_templates.NOISES[choice.noise_kind] if choice.strength else "x",
        strength=f"{choice.strength:g}",
        optimizer=made.format(weights="model.parameters()", **rates),
        schedule=codegen_templates.SCHEDULES[choice.schedule],
        pretrain=codegen_templates.PRETRAIN.format(epochs=greedy, optimizer=pair) if greedy else "",
        training=indent("\n".join([*steps, "train(model, x)"]), " " * 8),
    )


def source_sentence(record: Dataset) -> str:
    """Where the file takes the training images of a data set from."""
    if record.torchvision:
        return codegen_templates.TORCHVISION_SOURCE
    return codegen_templates.IDX_SOURCE.format(folder=record.folder, file=TRAINING_FILE)


def reading(record: Dataset) -> str:
    """The lines that read the training images into `pixels`, bytes (N, 28, 28)."""
    if record.torchvision:
        return codegen_templates.TORCHVISION.format(name=record.torchvision)
    return codegen_templates.IDX.format(folder=record.folder, file=TRAINING_FILE)


def network(choice: Choice, model: nn.Module) -> str:
    """The source of the class, from the layers of the model."""
    if isinstance(model, Stacked):
        within = {"down": listed(model.down), "up": listed(model.up)}
        return codegen_templates.STACKED.format(
            **{k: indent(v, " " * 12) for k, v in within.items()}
        )
    if choice.kind == "sparse":
        return codegen_templates.SPARSE.format(pixels=28 * 28, code=choice.code)
    if choice.kind == "overcomplete":
        parts = {name: model.get_submodule(name) for name in ("encoder", "decoder")}
        flatten = ""
    else:
        parts = {name: model.get_submodule(f"{name}.after") for name in ("encoder", "decoder")}
        flatten = ".flatten(1)"
        if choice.kind == "conv":
            parts = {"convolutions": model.get_submodule("encoder.before")} | parts
            flatten = ""
    layers = "".join(
        f"self.{name} = nn.Sequential(\n{indent(listed(part), '    ')})\n"
        for name, part in parts.items()
    )
    inside = "self.convolutions(x)" if choice.kind == "conv" else f"x{flatten}"
    text = codegen_templates.VARIATIONAL if choice.kind == "vae" else codegen_templates.PLAIN
    return text.format(layers=indent(layers, " " * 8).lstrip(), inside=inside)


def terms(choice: Choice) -> str:
    """The weighted terms besides the reconstruction error."""
    if choice.kind == "vae":
        return f', "kl": {choice.beta:g} * penalty'
    return f', "l1": {choice.sparsity:g} * penalty' if choice.kind == "sparse" else ""


def listed(part: nn.Module) -> str:
    """The expressions of the layers, one per line."""
    return "".join(f"{source(layer)},\n" for layer in part.children())


def source(layer: nn.Module) -> str:
    """The expression that constructs a layer."""
    name = f"nn.{type(layer).__name__}"
    if isinstance(layer, nn.Linear):
        return f"{name}({layer.in_features}, {layer.out_features})"
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        about = f"{layer.kernel_size[0]}, stride={layer.stride[0]}, padding={layer.padding[0]}"
        return f"{name}({layer.in_channels}, {layer.out_channels}, {about})"
    if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
        return f"{name}({layer.num_features})"
    if isinstance(layer, nn.Unflatten):
        return f"{name}(1, {layer.unflattened_size})"
    if isinstance(layer, Dropout):
        return f"nn.Dropout({layer.fraction:g})"
    return f"{name}()"
