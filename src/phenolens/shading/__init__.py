"""Shading: how unevenly a microscope lights a field, estimated from the images of a plate."""
