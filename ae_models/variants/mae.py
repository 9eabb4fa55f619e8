"""A small masked autoencoder: a transformer that predicts hidden patches.

He et al. 2022, "Masked Autoencoders Are Scalable Vision Learners", with the blocks of Vaswani
et al. 2017, "Attention Is All You Need", normalised before each step. The picture is a grid of
7×7 patches. The encoder sees the visible ones alone, each with its place; the decoder has a
learnt token for every hidden one, which attends to the encoder's and never to another (Fu
et al. 2024, "Rethinking Patch Dependence for Masked Autoencoders"): half of the work.

He et al. train on the hidden patches alone and drop the decoder. Here the images are wanted, so
that the error counts everywhere, and few or many patches are hidden.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from ae_models.base import Inpaints, Model, Output, Reconstructs, log_error

GRID = 7  # patches a side
SIDE = 4  # pixels a side of a patch
PATCHES = GRID * GRID
NOWHERE = PATCHES  # the place of one more token, which is visible even if every patch is hidden


class MaeConfig(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(96, ge=1)  # of the tokens
    depth: int = Field(2, ge=1)
    decoder_depth: int = Field(2, ge=1)
    heads: int = Field(4, ge=1)
    widening: int = Field(2, ge=1)  # inside a block, between its two dense layers
    hidden: tuple[float, float] = (
        0.2,
        0.8,
    )  # range of the fraction of patches hidden while training


class Block(nn.Module):
    """Attention, then a dense layer on each token; both are residual. Names are those of shipped
    tensors: `ask` gives queries, `offer` keys and values, `take` the output, `think` the MLP.
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
        asking = self.before_asking(x)
        query = self._by_head(self.ask(asking), 1)[0]
        key, value = self._by_head(self.offer(asking if context is None else context), 2)
        # By hand: on a CPU the fused attention takes five times as long to go back.
        likeness = (query * query.shape[3] ** -0.5) @ key.transpose(2, 3) + bias.to(query.dtype)
        x = x + self.take((likeness.softmax(3) @ value).transpose(1, 2).reshape(x.shape))
        return x + self.think(self.before_thinking(x))

    def _by_head(self, x: Tensor, parts: int) -> Tensor:
        """(B, T, parts * width) -> (parts, B, heads, T, width / heads)."""
        count, tokens, width = x.shape
        apart = x.view(count, tokens, parts, self.heads, width // parts // self.heads)
        return apart.permute(2, 0, 3, 1, 4)


class Mae(Model, Reconstructs, Inpaints):
    """Predicts the hidden patches of an image from the visible ones."""

    Config = MaeConfig
    config: MaeConfig

    def __init__(self, config: MaeConfig) -> None:
        super().__init__(config)
        width = config.width
        self.embed = nn.Linear(SIDE**2, width)
        self.places = nn.Parameter(waves(width))
        self.encoder = nn.ModuleList(
            Block(width, config.heads, config.widening) for _ in range(config.depth)
        )
        self.tell = nn.LayerNorm(width)
        self.draw_visible = nn.Linear(width, SIDE**2)
        self.unknown = nn.Parameter(waves(width))  # a hidden patch: all there is is its place
        self.decoder = nn.ModuleList(
            Block(width, config.heads, config.widening) for _ in range(config.decoder_depth)
        )
        self.draw_hidden = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, SIDE**2))

    def forward(
        self, x: Tensor, label: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> Output:
        """In training, the image drawn from the patches that the generator leaves visible; in
        eval mode nothing is hidden, and the image passes through all its tokens. z is (B, 0):
        no vector stands for the image.
        """
        hidden = torch.zeros((len(x), PATCHES), dtype=torch.bool, device=x.device)
        if self.training:
            low, high = self.config.hidden
            fraction = low + (high - low) * torch.rand((), generator=generator).item()
            hidden = hide(len(x), fraction, generator).to(x.device)
        logits = self.logits(x, hidden)
        return Output(logits.sigmoid(), x.new_empty(len(x), 0), logits, {})

    def inpaint(self, x: Tensor, hidden: Tensor) -> Tensor:
        """A patch with one hidden pixel is hidden as a whole, yet its visible ones come back."""
        covered = F.max_pool2d(hidden.float(), SIDE).flatten(1).bool()  # (B, 49)
        drawn = self.logits(x.masked_fill(hidden, 0.0), covered).sigmoid()
        return torch.where(hidden, drawn, x)

    def logits(self, x: Tensor, hidden: Tensor) -> Tensor:
        """(B, 1, 28, 28) and hidden patches (B, 49) of bool -> (B, 1, 28, 28) float32."""
        count, heads = len(x), self.config.heads
        hidden = F.pad(hidden, (0, 1))  # (B, 50)
        visible = (~hidden).sum(1)
        most, least = (int(visible.max()), int(visible.min())) if count else (0, 0)
        order = hidden.byte().argsort(dim=1, stable=True)  # visible patches come first
        shown, asking = order[:, :most], order[:, least:]  # apart where images hide as many
        seen = ~hidden.gather(1, shown)
        parted = x.reshape(count, GRID, SIDE, GRID, SIDE).transpose(2, 3)
        pixels = F.pad(parted.reshape(count, PATCHES, SIDE**2), (0, 0, 0, 1))  # (B, 50, 16)
        tokens = self.embed(pixels.gather(1, _columns(shown)))
        tokens = tokens + self.places.to(tokens.dtype)[shown]  # (B, T, width)
        bias = nearness(shown, shown, seen, heads)
        for block in self.encoder:
            tokens = block(tokens, bias)
        context = self.tell(tokens)
        drawn = self.unknown.to(context.dtype)[asking]  # (B, Q, width)
        bias = nearness(asking, shown, seen, heads)
        for block in self.decoder:
            drawn = block(drawn, bias, context)
        blank = torch.zeros_like(pixels)
        kept = blank.scatter(1, _columns(shown), self.draw_visible(context).float())
        made = blank.scatter(1, _columns(asking), self.draw_hidden(drawn).float())
        patches = torch.where(hidden[:, :, None], made, kept)[:, :NOWHERE]  # (B, 49, 16)
        return patches.reshape(parted.shape).transpose(2, 3).reshape(x.shape)

    def loss_terms(self, output: Output, target: Tensor) -> dict[str, Tensor]:
        """Over the whole image: the error of visible patches soon vanishes."""
        return {"reconstruction": log_error(output.x_hat, target)}


def nearness(asking: Tensor, asked: Tensor, seen: Tensor, heads: int) -> Tensor:
    """What attention is biased by, (B, heads, Q, T), for the places (B, Q) and (B, T) of tokens.

    A patch loses by its distance, in one head more than in the next (Press et al. 2022, "Train
    Short, Test Long", in two dimensions): otherwise a small model takes most of its training
    to find out that neighbours matter. `NOWHERE` is near to all. What is not `seen` (B, T) is
    not looked at.
    """
    place = torch.arange(PATCHES, device=asking.device)
    place = torch.stack([place // GRID, place % GRID], 1).float()  # (49, 2)
    far = F.pad(torch.cdist(place, place), (0, 1, 0, 1))  # (50, 50)
    slope = 2.0 ** (1 - torch.arange(heads, device=asking.device))  # 2, 1, 1/2, …
    bias = -slope[:, None, None] * far[asking[:, :, None], asked[:, None, :]][:, None]
    return bias.masked_fill(~seen[:, None, None], float("-inf"))


def waves(width: int) -> Tensor:
    """Where each patch is, (50, width): sines and cosines of its row and its column; 0 nowhere.

    Vaswani et al. 2017, section 3.5, in two dimensions and for a shorter line; training may
    change them. Patches that lie near each other look alike from the first step.
    """
    bands = max(width // 4, 1)
    speed = torch.logspace(0, 1, bands).reciprocal() * torch.pi / 2  # a patch: 90° … 9°
    angle = torch.arange(GRID)[:, None] * speed  # (7, bands)
    line = torch.cat([angle.sin(), angle.cos()], 1)  # (7, 2 * bands)
    rows, columns = line[:, None].expand(-1, GRID, -1), line[None].expand(GRID, -1, -1)
    found = torch.cat([rows, columns], 2).flatten(0, 1)  # (49, 4 * bands)
    return F.pad(found[:, torch.arange(width) % found.shape[1]], (0, 0, 0, 1))


def _columns(order: Tensor) -> Tensor:
    """(B, T) of patches -> (B, T, 16): the same for every pixel of a patch."""
    return order[:, :, None].expand(-1, -1, SIDE**2)


def hide(count: int, fraction: float, generator: torch.Generator | None) -> Tensor:
    """Which patches are hidden, (count, 49) of bool: `round(49 * fraction)` of each image's."""
    order = torch.rand((count, PATCHES), generator=generator).argsort(1)
    return order < round(PATCHES * fraction)
