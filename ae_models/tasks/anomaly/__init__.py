"""Anomaly detection: detectors shipped as a study, and baselines beside them."""

from ae_models.tasks.anomaly.detector import scores as scores
