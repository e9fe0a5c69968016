"""The simulators behind the layouts `synthetic` (fluorescence) and `brightfield`."""
