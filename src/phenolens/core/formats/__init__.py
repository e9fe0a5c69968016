"""One file per format of profile tables: how it is read and written."""
