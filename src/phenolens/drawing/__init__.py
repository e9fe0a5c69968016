"""Drawing: figures as inline SVG, colours, templates: what every page is made of."""
