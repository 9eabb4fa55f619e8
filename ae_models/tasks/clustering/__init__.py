"""Clustering of latent codes, with maps and scores against the labels."""

from ae_models.tasks.clustering.methods import assign as assign
