"""Jinja2 templates of the generated sources; a package so that resource loading finds them."""
