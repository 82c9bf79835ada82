"""From lessons/ to the notebooks: composed, executed, cleaned, written. CONTRIBUTING.md is the authors' guide.

`compose`   what a notebook must hold, by its lesson's sources alone: pure
`execute`   runs it in a kernel and a data folder of its own
`clean`     makes its outputs fit to be stored, or says why they aren't
`store`     which notebooks are stale, and writing them
`sheet`     the cheat sheet's page to print
`processes` who still uses a data folder: it is removed after the last
"""
