"""A small masked autoencoder: a transformer that draws the patches it was not shown.

He et al. 2022, "Masked Autoencoders Are Scalable Vision Learners", with the blocks of Vaswani
et al. 2017, "Attention Is All You Need", normalised before each step. The picture is a grid of
7×7 patches. The encoder sees the visible ones alone, each with its place; a lighter decoder gets
what the encoder made of them, a learnt token in the place of every hidden one, and draws all.

He et al. train on the hidden patches alone and throw the decoder away. Here the pictures are
what is wanted, so that the error counts everywhere, and few or many patches are hidden.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from ae_models.base import FillsIn, Output, Reconstructs, log_error

GRID = 7  # patches a side
SIDE = 4  # pixels a side of a patch
PATCHES = GRID * GRID


class MaeConfig(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(96, ge=1)  # of the encoder's tokens
    depth: int = Field(3, ge=1)
    decoder_width: int = Field(64, ge=1)
    decoder_depth: int = Field(2, ge=1)
    heads: int = Field(4, ge=1)
    widening: int = Field(2, ge=1)  # inside a block, between its two dense layers
    hidden: tuple[float, float] = (0.2, 0.8)  # the part of the patches hidden while training


class Block(nn.Module):
    """Tokens look at each other, then each thinks for itself; both add to what there was."""

    def __init__(self, width: int, heads: int, widening: int) -> None:
        super().__init__()
        self.heads = heads
        self.before_looking = nn.LayerNorm(width)
        self.ask = nn.Linear(width, 3 * width)  # queries, keys and values
        self.tell = nn.Linear(width, width)
        self.before_thinking = nn.LayerNorm(width)
        self.think = nn.Sequential(
            nn.Linear(width, widening * width), nn.GELU(), nn.Linear(widening * width, width)
        )

    def forward(self, x: Tensor, seen: Tensor | None = None) -> Tensor:
        """(B, T, width); `seen` (B, T) of bool says which tokens may be looked at, else all."""
        count, tokens, width = x.shape
        each = width // self.heads
        asked = self.ask(self.before_looking(x)).view(count, tokens, 3, self.heads, each)
        query, key, value = asked.permute(2, 0, 3, 1, 4)  # (B, heads, T, each) each
        likeness = (query * each**-0.5) @ key.transpose(2, 3)  # (B, heads, T, T)
        if seen is not None:
            likeness = likeness.masked_fill(~seen[:, None, None], float("-inf"))
        # By hand: on a CPU the fused attention takes five times as long to go back.
        looked = likeness.softmax(3) @ value
        x = x + self.tell(looked.transpose(1, 2).reshape(count, tokens, width))
        return x + self.think(self.before_thinking(x))


class Mae(Reconstructs, FillsIn):
    """Draws the hidden patches of an image from the visible ones."""

    Config = MaeConfig

    def __init__(self, config: MaeConfig) -> None:
        super().__init__()
        self.config = config
        width, narrow = config.width, config.decoder_width
        self.embed = nn.Linear(SIDE**2, width)
        self.places = nn.Parameter(waves(width))
        self.always = nn.Parameter(0.02 * torch.randn(1, width))  # there even if all is hidden
        self.encoder = nn.ModuleList(
            Block(width, config.heads, config.widening) for _ in range(config.depth)
        )
        self.bridge = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, narrow))
        self.unknown = nn.Parameter(0.02 * torch.randn(1, narrow))
        self.decoder_places = nn.Parameter(waves(narrow))
        self.decoder = nn.Sequential(
            *(Block(narrow, config.heads, config.widening) for _ in range(config.decoder_depth))
        )
        self.draw = nn.Sequential(nn.LayerNorm(narrow), nn.Linear(narrow, SIDE**2))

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
            part = low + (high - low) * torch.rand((), generator=generator).item()
            hidden = hide(len(x), part, generator).to(x.device)
        logits = self.logits(x, hidden)
        return Output(logits.sigmoid(), x.new_empty(len(x), 0), logits, {})

    def fill(self, x: Tensor, hidden: Tensor) -> Tensor:
        """A patch with one hidden pixel is hidden as a whole, yet its visible ones come back."""
        covered = F.max_pool2d(hidden.float(), SIDE).flatten(1).bool()  # (B, 49)
        drawn = self.logits(x.masked_fill(hidden, 0.0), covered).sigmoid()
        return torch.where(hidden, drawn, x)

    def logits(self, x: Tensor, hidden: Tensor) -> Tensor:
        """(B, 1, 28, 28) and hidden patches (B, 49) of bool -> (B, 1, 28, 28) float32."""
        count = len(x)
        visible = int((~hidden).sum(1).max()) if count else 0
        order = hidden.byte().argsort(dim=1, stable=True)[:, :visible]  # visible patches come first
        seen = ~hidden.gather(1, order)  # (B, V): the rest fills up where others see more
        pixels = F.pixel_unshuffle(x, SIDE).flatten(2).transpose(1, 2)  # (B, 49, 16)
        shown = pixels.gather(1, order[:, :, None].expand(-1, -1, SIDE**2))
        tokens = self.embed(shown)
        tokens = tokens + self.places.to(tokens.dtype)[order]  # (B, V, width)
        tokens = torch.cat([self.always.expand(count, 1, -1).to(tokens.dtype), tokens], 1)
        looked_at = None if bool(seen.all()) else F.pad(seen, (1, 0), value=True)
        for block in self.encoder:
            tokens = block(tokens, looked_at)
        told = self.bridge(tokens)  # (B, 1 + V, narrow)
        unknown = self.unknown.to(told.dtype).expand(count, PATCHES, -1)
        known = unknown.scatter(1, order[:, :, None].expand(-1, -1, told.shape[2]), told[:, 1:])
        known = torch.where(hidden[:, :, None], unknown, known) + self.decoder_places.to(told.dtype)
        whole = torch.cat([told[:, :1], known], 1)
        patches = self.draw(self.decoder(whole)[:, 1:]).float()  # (B, 49, 16)
        return F.pixel_shuffle(patches.transpose(1, 2).reshape(count, SIDE**2, GRID, GRID), SIDE)

    def loss_terms(self, output: Output, target: Tensor) -> dict[str, Tensor]:
        """Over the whole picture: what was visible soon costs nothing."""
        return {"reconstruction": log_error(output.logits, target)}


def waves(width: int) -> Tensor:
    """Where each patch is, (49, width): sines and cosines of its row and its column.

    Vaswani et al. 2017, section 3.5, in two dimensions and for a shorter line; training may
    change them. Patches that lie near each other look alike from the first step.
    """
    bands = max(width // 4, 1)
    speed = torch.logspace(0, 1, bands).reciprocal() * torch.pi / 2  # a patch: 90° … 9°
    angle = torch.arange(GRID)[:, None] * speed  # (7, bands)
    line = torch.cat([angle.sin(), angle.cos()], 1)  # (7, 2 * bands)
    rows, columns = line[:, None].expand(-1, GRID, -1), line[None].expand(GRID, -1, -1)
    found = torch.cat([rows, columns], 2).flatten(0, 1)  # (49, 4 * bands)
    return found[:, torch.arange(width) % found.shape[1]]


def hide(count: int, part: float, generator: torch.Generator | None) -> Tensor:
    """Which patches are hidden, (count, 49) of bool: `round(49 * part)` of each image's."""
    order = torch.rand((count, PATCHES), generator=generator).argsort(1)
    return order < round(PATCHES * part)
