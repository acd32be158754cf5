"""How sure a dataset is, and its proof: samples keyed blind, evidence, what differs between two runs."""
