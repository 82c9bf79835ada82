"""The lab as a learner starts it: the services, and a JupyterLab that leaves nothing behind.

Three processes. The one that the person started (`asynclab.lab.serve`) speaks to the terminal and holds
the services. It starts a guard (`asynclab.lab.guard`), which starts JupyterLab (`asynclab.lab.jupyter`)
and ends all that came of it, kernels and terminals included, as soon as the first process is gone,
however it went.
"""
