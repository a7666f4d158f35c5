"""Templates of the cards that are published: one for each benchmark, for data of one's own, and for pools."""
