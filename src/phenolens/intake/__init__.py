"""From a folder to a prepared screen: its layout, what was understood, the pixel store."""
