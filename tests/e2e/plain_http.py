"""Requests over plain HTTP.

httpx makes a context of TLS for each request that has no client, which takes it a fiftieth of a second. Here
all have one.
"""

import ssl
from functools import partial

import httpx

CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
get = partial(httpx.get, verify=CONTEXT)
post = partial(httpx.post, verify=CONTEXT)
request = partial(httpx.request, verify=CONTEXT)
