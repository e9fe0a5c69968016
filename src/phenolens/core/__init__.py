"""The nouns at the joints: Screen, Views, Profiles, Score, and the one rule, PairRule."""
