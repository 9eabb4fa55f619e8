"""An autoregressive prior over grids of indices, in row-major order.

Factorising p(i₁ … i_T | label) into p(i_t | i_1 … i_{t-1}, label) is what PixelCNN (van den
Oord et al. 2016, "Conditional Image Generation with PixelCNN Decoders") and language models do.
The grids here are small and of fixed size, so positions are mixed by learned weights, as in the
MLP-Mixer (Tolstikhin et al. 2021), with a lower-triangular matrix for causality: at a fraction of
the cost of attention.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Block(nn.Module):
    """A causal mixer block: a residual mixing of positions, then a residual MLP over features.

    Attribute names are state-dict keys of the shipped weights: `before` and `between` are layer
    norms, `table` holds the mixing weights of each head, `told` is the embedding of the class,
    added to the hidden units of the MLP.
    """

    def __init__(self, places: int, width: int, heads: int, classes: int) -> None:
        super().__init__()
        self.heads = heads
        self.before = nn.LayerNorm(width)
        self.value = nn.Linear(width, width)
        self.table = nn.Parameter(torch.randn(heads, places, places) * places**-0.5)
        self.between = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.told = nn.Embedding(classes, 2 * width)
        self.down = nn.Linear(2 * width, width)
        nn.init.zeros_(self.told.weight)

    def forward(self, h: Tensor, label: Tensor) -> Tensor:
        """(N, T, width) and (N,) -> (N, T, width)."""
        value = self.values(h)  # (N, T, heads, width / heads)
        mixed = torch.einsum("hts,nshc->nthc", self.table.tril(), value)
        return self.refine(h + mixed.flatten(2), label[:, None])

    def values(self, h: Tensor) -> Tensor:
        """(…, width) -> (…, heads, width / heads): the normalised features to be mixed."""
        return self.value(self.before(h)).unflatten(-1, (self.heads, -1))

    def refine(self, h: Tensor, label: Tensor) -> Tensor:
        """The class-conditional residual MLP, (…, width) -> (…, width)."""
        return h + self.down(F.silu(self.up(self.between(h)) + self.told(label)))

    def step(self, h: Tensor, place: int, label: Tensor, cache: Tensor) -> Tensor:
        """`forward` at one position, (N, width) -> (N, width).

        `cache` (N, T, heads, width / heads) holds the values of earlier positions; those of
        `place` are written to it.
        """
        cache[:, place] = self.values(h)  # (N, T, heads, width / heads)
        table = self.table[:, place, : place + 1]
        mixed = torch.einsum("hs,nshc->nhc", table, cache[:, : place + 1])
        return self.refine(h + mixed.flatten(1), label)


class CausalPrior(nn.Module):
    """p(indices | label) for sequences of T indices out of K; `places` is T, `kinds` is K."""

    def __init__(
        self,
        places: int,
        kinds: int,
        classes: int,
        width: int = 64,
        blocks: int = 3,
        heads: int = 8,
    ) -> None:
        super().__init__()
        self.places, self.kinds, self.width, self.heads = places, kinds, width, heads
        self.start = nn.Embedding(classes, width)  # the start token
        self.index = nn.Embedding(kinds, width)
        self.place = nn.Parameter(torch.zeros(places, width))
        self.blocks = nn.ModuleList(Block(places, width, heads, classes) for _ in range(blocks))
        self.after = nn.LayerNorm(width)
        self.head = nn.Linear(width, kinds)

    def forward(self, indices: Tensor, label: Tensor) -> Tensor:
        """(N, T) and (N,) -> logits (N, T, K); those at t depend on the indices before t."""
        before = torch.cat([self.start(label)[:, None], self.index(indices[:, :-1])], dim=1)
        h = before + self.place
        for block in self.blocks:
            h = block(h, label)
        return self.head(self.after(h)).float()

    def negative_log_likelihood(self, indices: Tensor, label: Tensor) -> Tensor:
        """-log p(indices | label) in nats, summed over positions, mean over N; a scalar."""
        logits = self(indices, label).flatten(0, 1)
        return F.cross_entropy(logits, indices.flatten(), reduction="sum") / len(indices)

    def draw(self, label: Tensor, generator: torch.Generator, temperature: float) -> Tensor:
        """Ancestral sampling: indices (N, T) for labels (N,).

        `temperature` divides the logits; at 0 the most likely index is taken at every position.
        """
        count, device = len(label), label.device
        whole = -(-self.places // 16) * 16  # the first rows are the same for every count
        uniform = torch.rand((count, whole), generator=generator).to(device)
        shape = (count, self.places, self.heads, self.width // self.heads)
        caches = [torch.zeros(shape, device=device) for _ in self.blocks]
        indices = torch.zeros((count, self.places), dtype=torch.long, device=device)
        before = self.start(label)
        for place in range(self.places):
            h = before + self.place[place]
            for block, cache in zip(self.blocks, caches, strict=True):
                assert isinstance(block, Block)
                h = block.step(h, place, label, cache)
            logits = self.head(self.after(h))
            if temperature == 0:
                chosen = logits.argmax(dim=1)
            else:
                cumulative = (logits / temperature).softmax(dim=1).cumsum(dim=1)
                chosen = (cumulative < uniform[:, place, None]).sum(dim=1).clamp(max=self.kinds - 1)
            indices[:, place] = chosen
            before = self.index(chosen)
        return indices
