"""What a library says about a damaged file, in words for those who do not know the library."""

from __future__ import annotations

import logging
import re

_LOG = logging.getLogger("phenolens")
_LONGEST = 300  # characters
_WORDS = (
    (
        re.compile(r"IOSpec\(encoding_type='([^']*)', encoding_version='([^']*)'\)"),
        r"a part of it is of the kind '\1', version '\2', which the installed anndata does not "
        "read: update anndata, or write the file with another version of it",
    ),
    (re.compile(r"\((?:object|can't locate attribute:?) '([^']*)'"), r"it lacks '\1'"),
    (re.compile("file signature not found"), "it is not an HDF5 file"),
    (
        re.compile(r"<class|unhashable|object at 0x|NoneType|not subscriptable|has no attribute"),
        "a part of it is of another kind than a table has",
    ),
)


def in_our_words(error: Exception) -> str:
    """Return what is wrong with a file; the library's own words are in the log for debugging.

    Example:
        >>> in_our_words(TypeError("unhashable type: 'dict'"))
        'a part of it is of another kind than a table has'
        >>> in_our_words(KeyError("Unable to synchronously open object (object 'X' doesn't exist)"))
        "it lacks 'X'"
        >>> in_our_words(ValueError("Expected 2 fields in line 3, saw 4"))
        'Expected 2 fields in line 3, saw 4'
    """
    text = str(error)
    for pattern, words in _WORDS:
        if found := pattern.search(text):
            _LOG.debug("a library's error: %s", text)
            return found.expand(words)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
