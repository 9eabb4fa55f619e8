"""Initial weights: those of the seed, whatever other threads draw."""

import threading

import pytest
import torch
from torch import nn

from ae_models.artifacts.checkpoint import KINDS
from ae_models.networks.seeded_init import Seeded
from ae_models.training.recipe import untrained
from ae_models.training.recipes import RECIPES

BY_VARIANT = {recipe.variant: recipe.config for recipe in RECIPES.values()}


@pytest.mark.parametrize("variant", BY_VARIANT)
def test_weights_are_those_that_the_global_seed_would_give(variant: str) -> None:
    torch.manual_seed(3)
    usual = KINDS[variant](BY_VARIANT[variant]).state_dict()
    torch.manual_seed(5)
    state = torch.get_rng_state()
    seeded = untrained(variant, BY_VARIANT[variant], 3).state_dict()
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(seeded[key], usual[key]) for key in usual)


def test_dropout_is_that_of_the_global_seed() -> None:
    def steps(net: nn.Module) -> list[torch.Tensor]:
        return [net(torch.ones(4, 9)) for _ in range(3)]

    torch.manual_seed(2)
    usual = steps(nn.Sequential(nn.Linear(9, 50), nn.Dropout(0.3)))
    state, drawing = torch.get_rng_state(), Seeded(2)
    with drawing:
        net = nn.Sequential(nn.Linear(9, 50), nn.Dropout(0.3))
    with drawing:
        assert all(map(torch.equal, steps(net), usual))
        assert torch.equal(net.eval()(torch.ones(4, 9)), net[0](torch.ones(4, 9)))
    assert torch.equal(torch.get_rng_state(), state)


def test_a_generator_that_is_given_is_used() -> None:
    with Seeded(0):
        found = torch.rand(3, generator=torch.Generator().manual_seed(4))
    assert torch.equal(found, torch.rand(3, generator=torch.Generator().manual_seed(4)))


def test_threads_do_not_disturb_each_other() -> None:
    alone = untrained("vae", BY_VARIANT["vae"], 1).state_dict()
    stop = threading.Event()

    def draw() -> None:
        while not stop.is_set():
            torch.rand(100)

    other = threading.Thread(target=draw)
    other.start()
    try:
        for _ in range(5):
            beside = untrained("vae", BY_VARIANT["vae"], 1).state_dict()
            assert all(torch.equal(alone[key], beside[key]) for key in alone)
    finally:
        stop.set()
        other.join()
