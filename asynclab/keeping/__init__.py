"""What is the learner's own, kept safe while the course around it changes.

`files`      whole files or none, and versions that are kept beside their place with their date
`exercise`   an exercise as a file: which answers are in it, and carrying them into another version
`reset`      a fresh exercise, and an old version back
`git`        what git knows of the checkout
`update`     a newer course: looked at first, made ready beside, put in place so that it can be gone on with
`pack`       answers and records in one file

Standard library only (`reset` and `pack` apart): an update may be what mends the environment.
"""
