"""Figures: arrays in, Axes out.

    ax = latent_map(codes, labels)
    save(ax, "latent.png")

Each function draws in the axes that it is given, or in a new figure that belongs to nobody; none of
them shows, closes or changes anything else.  Matplotlib is imported at the first figure.
"""
from .curves import bars, course, histogram, loss_curves
from .images import image_grid, manifold, quantile_grid, reconstructions
from .intervals import intervals
from .maps import deformed_grid, ellipses, scatter
from .phase import phase_portrait
from .plane import density, heat_map, latent_map, plane_grid, trajectory, vectors
from .save import gif, png, save, to_data_uri
from .style import CLASS_COLOURS, panels

__all__ = ["CLASS_COLOURS", "bars", "course", "deformed_grid", "density", "ellipses", "gif",
           "heat_map", "histogram", "image_grid", "intervals", "latent_map", "loss_curves",
           "manifold", "panels", "phase_portrait", "plane_grid", "png", "quantile_grid",
           "reconstructions", "save", "scatter", "to_data_uri", "trajectory", "vectors"]
