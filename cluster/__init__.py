"""The playground on several machines: replicas on Ray Serve answer, a front serves the page.

`playground.py` is the front's side, `replica.py` the other. Imports pipelines and Ray; neither
components nor api.
"""

from cluster import serve_environment as serve_environment
