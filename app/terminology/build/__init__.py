"""Compiling the packs from their sources. Nothing here is needed when reports are converted.

The data files of the source packages are read; the packages themselves are never imported.
"""
