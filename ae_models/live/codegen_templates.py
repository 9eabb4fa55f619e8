"""The text of the plain PyTorch file, in pieces that `codegen` joins."""

from __future__ import annotations

FILE = '''"""{title}, in plain PyTorch.

    python net.py                               trains it and prints the loss of every epoch
    python net.py --weights model.safetensors   measures downloaded weights

{source} Or give them by --images FILE.npy, bytes (N, 28, 28).
"""

import argparse
import json
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

IMAGES, EPOCHS, BATCH, SEED = {images}, {epochs}, {batch}, {seed}


{network}
def error(logits, target):
    """Summed over pixels, mean over images."""
    return {error} / len(target)


def loss_terms(model, x, target):
    """The weighted terms, whose sum is trained on."""
    logits, penalty = model(x)
    return {{"reconstruction": error(logits, target){terms}}}


def corrupted(x, strength={strength}):
    """x with the noise of the training input."""
    return {corruption}


def rate(progress):
    """The factor of the learning rate after a fraction 0 ... 1 of the training."""
    return {schedule}


{pretrain}def train(model, x):
    optimizer = {optimizer}
    first = [group["lr"] for group in optimizer.param_groups]
    batches = max(len(x) // BATCH, 1)
    for epoch in range(EPOCHS):
        order, total = torch.randperm(len(x)), 0.0
        for batch in range(batches):
            for group, lr in zip(optimizer.param_groups, first):
                group["lr"] = lr * rate((epoch + batch / batches) / EPOCHS)
            target = x[order[batch * BATCH : (batch + 1) * BATCH]]
            loss = sum(loss_terms(model.train(), corrupted(target), target).values())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() / batches
        print(f"epoch {{epoch + 1}} of {{EPOCHS}}: loss {{total:.3f}}", flush=True)


def pictures(file):
    """(N, 1, 28, 28) in [0, 1]."""
    if file:
        pixels = torch.from_numpy(np.load(file))
    else:
{read}
    return pixels[:IMAGES].unsqueeze(1).float() / 255


def load(model, file):
    """Weights from a safetensors file: 8 bytes of length, a JSON header, the numbers."""
    with open(file, "rb") as stream:
        header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
        content = stream.read()
    kinds = {{"F32": np.float32, "F16": np.float16, "I64": np.int64}}
    found = {{}}
    for name, about in header.items():
        if name != "__metadata__":
            begin, end = about["data_offsets"]
            array = np.frombuffer(content[begin:end], kinds[about["dtype"]]).reshape(about["shape"])
            name = name.replace("encoder.before.", "convolutions.").replace(".after.", ".")
            found[name] = torch.from_numpy(array.copy())
    model.load_state_dict({{name: found[name] for name in model.state_dict()}})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", help="a safetensors file")
    parser.add_argument("--images", help="an .npy file")
    options = parser.parse_args()
    torch.manual_seed(SEED)
    model, x = Autoencoder(), pictures(options.images)
    if options.weights:
        load(model, options.weights)
    else:
{training}
    with torch.no_grad():
        terms = loss_terms(model.eval(), x, x)
    print(json.dumps({{name: float(term) for name, term in terms.items()}}))


if __name__ == "__main__":
    main()
'''

# Where the training images come from: a sentence, and the lines that read them.
TORCHVISION_SOURCE = "Images come from torchvision, which downloads them."
TORCHVISION = """from torchvision.datasets import {name}

pixels = {name}("data", download=True).data"""
IDX_SOURCE = "Images are read from data/{folder}/raw/{file}."
IDX = """with open("data/{folder}/raw/{file}", "rb") as stream:  # an IDX file
    content = np.frombuffer(stream.read(), np.uint8)
pixels = torch.from_numpy(content[16:].reshape(-1, 28, 28).copy())"""

PLAIN = '''class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        {layers}
    def forward(self, x):
        """(B, 1, 28, 28) -> logits of the same shape, and no penalty."""
        return self.decoder(self.encoder({inside})), 0.0

'''

VARIATIONAL = '''class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        {layers}
    def forward(self, x):
        """(B, 1, 28, 28) -> logits of the same shape, and KL(q(z | x) || N(0, I)) an image."""
        mu, log_var = self.encoder({inside}).chunk(2, dim=1)
        log_var = log_var.clamp(-12, 12)
        kl = 0.5 * (log_var.exp() + mu.square() - 1 - log_var).sum(dim=1).mean()
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu) if self.training else mu
        return self.decoder(z), kl

'''

SPARSE = '''class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear({pixels}, {code})
        self.decoder = nn.Linear({code}, {pixels})

    def forward(self, x):
        """(B, 1, 28, 28) -> logits of the same shape, and the L1 norm of the code an image.

        Decoder columns have unit norm: otherwise a small code with large decoder weights evades
        the penalty.
        """
        z = self.encoder(x.flatten(1)).relu()
        columns = F.normalize(self.decoder.weight.T, dim=1)
        logits = F.linear(z, columns.T, self.decoder.bias).view_as(x)
        return logits, z.abs().sum(dim=1).mean()

'''

STACKED = '''class Autoencoder(nn.Module):
    """Sigmoid layers down to a linear code and up again; up[k] undoes down[k]."""

    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList([
{down}        ])
        self.up = nn.ModuleList([
{up}        ])

    def encode(self, x, layers):
        """(B, 784) -> activations of the first layers."""
        for k, layer in enumerate(self.down[:layers]):
            x = layer(x) if k == len(self.down) - 1 else layer(x).sigmoid()
        return x

    def forward(self, x):
        """(B, 1, 28, 28) -> logits of the same shape, and no penalty."""
        z = self.encode(x.flatten(1), len(self.down))
        for layer in reversed(self.up[1:]):
            z = layer(z).sigmoid()
        return self.up[0](z).view_as(x), 0.0

'''

PRETRAIN = '''def pretrain(model, x, epochs={epochs}):
    """Greedily: each pair of layers alone, as an autoencoder of the activations below it."""
    for k, (down, up) in enumerate(zip(model.down, model.up)):
        optimizer = {optimizer}
        for _ in range(epochs):
            for chosen in torch.randperm(len(x)).split(BATCH):
                with torch.no_grad():
                    below = model.encode(x[chosen].flatten(1), k)
                above = down(below) if k == len(model.down) - 1 else down(below).sigmoid()
                logits = up(above)
                apart = F.mse_loss(logits.sigmoid(), below, reduction="sum") / len(chosen)
                loss = apart if k else error(logits, below)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()


'''

ERRORS = {
    "squared error": 'F.mse_loss(logits.sigmoid(), target, reduction="sum")',
    "binary cross-entropy": ('F.binary_cross_entropy_with_logits(logits, target, reduction="sum")'),
}
OPTIMIZERS = {
    "Adam": "torch.optim.AdamW({weights}, lr={rate}, weight_decay={decay})",
    "SGD": "torch.optim.SGD({weights}, lr={rate}, weight_decay={decay})",
    "momentum": "torch.optim.SGD({weights}, lr={rate}, momentum=0.9, weight_decay={decay})",
    "RMSprop": "torch.optim.RMSprop({weights}, lr={rate}, weight_decay={decay})",
}
FALLING = "max(0.5 + 0.5 * math.cos(math.pi * {}), 0.002)"
SCHEDULES = {
    "one cycle": (
        "0.1 + 9 * progress if progress < 0.1 else " + FALLING.format("(progress - 0.1) / 0.9")
    ),
    "constant": "1.0",
    "step": "1.0 if progress < 0.5 else 0.1 if progress < 0.75 else 0.01",
    "cosine": FALLING.format("progress"),
}
NOISES = {
    "Gaussian": "(x + strength * torch.randn_like(x)).clamp(0, 1)",
    "salt & pepper": (
        "(lambda u: x.masked_fill(u < strength, 1.0).masked_fill(u < strength / 2, 0.0))"
        "(torch.rand_like(x))"
    ),
    "masking": "x.masked_fill(torch.rand_like(x) < strength, 0.0)",
    "speckle": "(x * (1 + strength * torch.randn_like(x))).clamp(0, 1)",
}
