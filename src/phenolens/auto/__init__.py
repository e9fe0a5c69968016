"""The first answer without a recipe: what was chosen, why, and what may be believed."""
