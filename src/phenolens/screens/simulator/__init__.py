"""The simulator behind the `synthetic` layout: compounds, design, cells, microscope, camera."""
