"""Not the lab itself, only the way to it: `import asynclab` in a notebook of this folder finds the checkout around it.

So every notebook uses the lab of its own checkout, whoever started its kernel: JupyterLab, VS Code, a hub. What
`python3 -m asynclab lab` starts doesn't come by here. (Python of any age reads this file: one too old for the course is
told so in a sentence.)
"""

import importlib.util
import os
import sys

_package = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "asynclab")
_spec = importlib.util.spec_from_file_location(
    "asynclab", os.path.join(_package, "__init__.py"), submodule_search_locations=[_package]
)
sys.modules["asynclab"] = _module = importlib.util.module_from_spec(_spec)  # what `import` hands out is this one
_spec.loader.exec_module(_module)
