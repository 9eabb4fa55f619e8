"""A small masked autoencoder: a transformer that predicts hidden patches.

He et al. 2022, "Masked Autoencoders Are Scalable Vision Learners", with the blocks of Vaswani
et al. 2017, "Attention Is All You Need", in the pre-norm form. The image is a grid of 7×7
patches. The encoder processes the visible patches with their positional embeddings; the decoder
has a mask token for every hidden patch, which attends to the encoder's output by cross-attention
but not to other mask tokens (Fu et al. 2024, "Rethinking Patch Dependence for Masked
Autoencoders"), at about half of the cost.

He et al. compute the loss on the hidden patches alone and discard the decoder after training.
Here the model is used for its images: the loss covers all patches, and the masking ratio varies.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from ae_models.base import Inpaints, Model, Output, Reconstructs, log_error

GRID = 7  # patches per side of the image
SIDE = 4  # pixels per side of a patch
PATCHES = GRID * GRID
NOWHERE = PATCHES  # index of one more token without position, visible if every patch is hidden


class MaeConfig(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(96, ge=1)  # of the tokens
    depth: int = Field(2, ge=1)
    decoder_depth: int = Field(2, ge=1)
    heads: int = Field(4, ge=1)
    widening: int = Field(2, ge=1)  # hidden size of a block's MLP, as a multiple of `width`
    hidden: tuple[float, float] = (
        0.2,
        0.8,
    )  # range of the fraction of patches hidden while training


class Block(nn.Module):
    """A pre-norm transformer block: multi-head attention, then an MLP, both residual.

    Attribute names are state-dict keys of the shipped weights. They are, in standard terms:
    `before_asking` the first layer norm, `ask` the query projection, `offer` the key and value
    projections, `take` the output projection, `before_thinking` the second layer norm, and
    `think` the MLP.
    """

    def __init__(self, width: int, heads: int, widening: int) -> None:
        super().__init__()
        self.heads = heads
        self.before_asking = nn.LayerNorm(width)
        self.ask = nn.Linear(width, width)  # queries
        self.offer = nn.Linear(width, 2 * width)  # keys and values
        self.take = nn.Linear(width, width)
        self.before_thinking = nn.LayerNorm(width)
        self.think = nn.Sequential(
            nn.Linear(width, widening * width), nn.GELU(), nn.Linear(widening * width, width)
        )

    def forward(self, x: Tensor, bias: Tensor, context: Tensor | None = None) -> Tensor:
        """(B, Q, width) -> the same; attention to `context` (B, T, width), or else self-attention.

        `bias` (B, heads, Q, T) is added before the softmax.
        """
        normed = self.before_asking(x)
        query = self._by_head(self.ask(normed), 1)[0]
        key, value = self._by_head(self.offer(normed if context is None else context), 2)
        # Not the fused attention, whose backward pass takes five times as long on a CPU.
        scores = (query * query.shape[3] ** -0.5) @ key.transpose(2, 3) + bias.to(query.dtype)
        x = x + self.take((scores.softmax(3) @ value).transpose(1, 2).reshape(x.shape))
        return x + self.think(self.before_thinking(x))

    def _by_head(self, x: Tensor, parts: int) -> Tensor:
        """(B, T, parts * width) -> (parts, B, heads, T, width / heads)."""
        count, tokens, width = x.shape
        by_head = x.view(count, tokens, parts, self.heads, width // parts // self.heads)
        return by_head.permute(2, 0, 3, 1, 4)


class Mae(Model, Reconstructs, Inpaints):
    """Predicts the hidden patches of an image from the visible ones.

    Attribute names are state-dict keys: `places` holds the positional embeddings, `tell` the
    encoder's last layer norm, `draw_visible` and `draw_hidden` the maps from tokens to pixels,
    `unknown` the mask tokens.
    """

    Config = MaeConfig
    config: MaeConfig

    def __init__(self, config: MaeConfig) -> None:
        super().__init__(config)
        width = config.width
        self.embed = nn.Linear(SIDE**2, width)
        self.places = nn.Parameter(positional_embedding(width))
        self.encoder = nn.ModuleList(
            Block(width, config.heads, config.widening) for _ in range(config.depth)
        )
        self.tell = nn.LayerNorm(width)
        self.draw_visible = nn.Linear(width, SIDE**2)
        self.unknown = nn.Parameter(positional_embedding(width))  # one for each position
        self.decoder = nn.ModuleList(
            Block(width, config.heads, config.widening) for _ in range(config.decoder_depth)
        )
        self.draw_hidden = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, SIDE**2))

    def forward(
        self, x: Tensor, label: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> Output:
        """(B, 1, 28, 28) in [0, 1] -> `Output`.

        In training, a random fraction of the patches is hidden; in eval mode none is. z is
        (B, 0), as there is no latent vector of the whole image.
        """
        if self.training:
            low, high = self.config.hidden
            fraction = low + (high - low) * torch.rand((), generator=generator).item()
            hidden = hide(len(x), fraction, generator).to(x.device)
            logits = self.logits(x, hidden, PATCHES - round(PATCHES * fraction))
        else:
            nothing = torch.zeros((x.shape[0], PATCHES), dtype=torch.bool, device=x.device)
            logits = self.logits(x, nothing, PATCHES)
        return Output(logits.sigmoid(), x.new_empty(x.shape[0], 0), logits, {})

    def inpaint(self, x: Tensor, hidden: Tensor) -> Tensor:
        """Hidden pixels predicted, visible ones unchanged.

        A patch with at least one hidden pixel is hidden from the encoder as a whole.
        """
        covered = F.max_pool2d(hidden.float(), SIDE).flatten(1).bool()  # (B, 49)
        visible = None  # in an exported graph no shape may depend on values
        if not torch.compiler.is_exporting() and len(x):
            counts = (~covered).sum(1)
            visible = int(counts[0]) if (counts == counts[0]).all() else None
        drawn = self.logits(x.masked_fill(hidden, 0.0), covered, visible).sigmoid()
        return torch.where(hidden, drawn, x)

    def logits(self, x: Tensor, hidden: Tensor, visible: int | None = None) -> Tensor:
        """Images (B, 1, 28, 28), hidden patches (B, 49) of bool -> logits (B, 1, 28, 28).

        `visible` is how many patches each image shows, where it is the same for all: then the
        encoder gets those alone and the decoder the others. Else both get every patch, with what
        they may not see masked. No shape depends on the values of `hidden`, as an exported graph
        needs it.
        """
        count, heads = x.shape[0], self.config.heads
        hidden = F.pad(hidden, (0, 1))  # (B, 50)
        order = torch.arange(PATCHES + 1, device=x.device).expand(count, -1)
        if visible is None:
            shown = masked = order
        else:
            if visible < PATCHES:
                order = hidden.byte().argsort(dim=1, stable=True)  # visible patches come first
            shown, masked = order[:, : visible + 1], order[:, visible + 1 :]
        seen = ~hidden.gather(1, shown)
        parted = x.reshape(count, GRID, SIDE, GRID, SIDE).transpose(2, 3)
        pixels = F.pad(parted.reshape(count, PATCHES, SIDE**2), (0, 0, 0, 1))  # (B, 50, 16)
        tokens = self.embed(pixels.gather(1, _columns(shown)))
        tokens = tokens + self.places.to(tokens.dtype)[shown]  # (B, T, width)
        bias = distance_bias(shown, shown, seen, heads)
        for block in self.encoder:
            tokens = block(tokens, bias)
        context = self.tell(tokens)
        blank = torch.zeros_like(pixels)
        kept = blank.scatter(1, _columns(shown), self.draw_visible(context).float())
        patches = kept
        if masked.shape[1] > 0:
            drawn = self.unknown.to(context.dtype)[masked]  # (B, Q, width)
            bias = distance_bias(masked, shown, seen, heads)
            for block in self.decoder:
                drawn = block(drawn, bias, context)
            predicted = blank.scatter(1, _columns(masked), self.draw_hidden(drawn).float())
            patches = torch.where(hidden[:, :, None], predicted, kept)
        patches = patches[:, :NOWHERE]  # (B, 49, 16)
        return patches.reshape(parted.shape).transpose(2, 3).reshape(x.shape)

    def loss_terms(self, output: Output, target: Tensor) -> dict[str, Tensor]:
        """Reconstruction loss over all patches; that of the visible ones soon becomes small."""
        return {"reconstruction": log_error(output.x_hat, target)}


def distance_bias(queries: Tensor, keys: Tensor, visible: Tensor, heads: int) -> Tensor:
    """Attention bias (B, heads, Q, T) for tokens at the patches `queries` (B, Q), `keys` (B, T).

    Minus the distance of the two patches times a slope that halves from head to head (Press
    et al. 2022, "Train Short, Test Long", in two dimensions): without this prior, a small model
    needs most of its training to learn locality. The distance to `NOWHERE` is 0; the bias of
    keys that are not `visible` (B, T) is -inf.
    """
    place = torch.arange(PATCHES, device=queries.device)
    place = torch.stack([place // GRID, place % GRID], 1).float()  # (49, 2)
    distance = F.pad(torch.cdist(place, place), (0, 1, 0, 1))  # (50, 50)
    slope = 2.0 ** (1 - torch.arange(heads, device=queries.device))  # 2, 1, 1/2, …
    bias = -slope[:, None, None] * distance[queries[:, :, None], keys[:, None, :]][:, None]
    return bias.masked_fill(~visible[:, None, None], float("-inf"))


def positional_embedding(width: int) -> Tensor:
    """Initial positional embeddings, (50, width): sinusoids of row and column; 0 for `NOWHERE`.

    Vaswani et al. 2017, section 3.5, in two dimensions, with frequencies for sequences of 7.
    """
    bands = max(width // 4, 1)
    frequency = torch.logspace(0, 1, bands).reciprocal() * torch.pi / 2  # 90° … 9° per patch
    angle = torch.arange(GRID)[:, None] * frequency  # (7, bands)
    line = torch.cat([angle.sin(), angle.cos()], 1)  # (7, 2 * bands)
    rows, columns = line[:, None].expand(-1, GRID, -1), line[None].expand(GRID, -1, -1)
    found = torch.cat([rows, columns], 2).flatten(0, 1)  # (49, 4 * bands)
    return F.pad(found[:, torch.arange(width) % found.shape[1]], (0, 0, 0, 1))


def _columns(order: Tensor) -> Tensor:
    """Patch indices (B, T) -> (B, T, 16): the index repeated for every pixel of the patch."""
    return order[:, :, None].expand(-1, -1, SIDE**2)


def hide(count: int, fraction: float, generator: torch.Generator | None) -> Tensor:
    """Mask of hidden patches, (count, 49) of bool: `round(49 * fraction)` of each image."""
    order = torch.rand((count, PATCHES), generator=generator).argsort(1)
    return order < round(PATCHES * fraction)
