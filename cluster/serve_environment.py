"""What Ray Serve reads of the environment when it is imported; the package imports this first.

By its default a replica's own code and a front's router have an event loop each in a thread of
their own, for code that blocks. Nothing here blocks one: without these threads 8 users at once got
0.71 of the answers of a plain playground in place of 0.50 (2026-11-28, two cores, load 6).
Processes that Ray starts here inherit it; on Kubernetes the ConfigMap of deploy/rayservice.yaml has
it.
"""

import os

ENVIRONMENT = {
    "RAY_SERVE_RUN_ROUTER_IN_SEPARATE_LOOP": "0",
    "RAY_SERVE_RUN_USER_CODE_IN_SEPARATE_THREAD": "0",
}

for name, value in ENVIRONMENT.items():
    os.environ.setdefault(name, value)
