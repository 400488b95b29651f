"""Figures of reelwright beside its peers': how fast each writes a film, and what the film is worth.

``python -m bench.run`` times the writers, ``python -m bench.stages`` says where our own time goes. A time only counts
once the file it was spent on has been read back and found right.
"""
