"""Training: phases, recipes, the loop, its resumable state, objectives, several processes."""
