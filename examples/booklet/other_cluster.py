"""Listing of section 3.3, pointing to a cluster: there is none here, which `init` says."""

import triplicate.h2o as h2o

h2o.init(ip="123.45.67.89", port=54321)
