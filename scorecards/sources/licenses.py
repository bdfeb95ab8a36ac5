"""Which licence a text is, as an SPDX identifier (https://spdx.org/licenses/). Pure."""

import re

NO_ASSERTION = "NOASSERTION"
_SPACE = re.compile(r"[\W_]+")

# In order: the first whose every phrase is in the text wins, so the narrower come first.
_SIGNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("AGPL-3.0", ("gnu affero general public license", "version 3")),
    ("LGPL-3.0", ("gnu lesser general public license", "version 3")),
    ("LGPL-2.1", ("gnu lesser general public license", "version 2 1")),
    ("GPL-3.0", ("gnu general public license", "version 3 29 june 2007")),
    ("GPL-2.0", ("gnu general public license", "version 2 june 1991")),
    ("GPL-3.0", ("gnu general public license", "version 3")),
    ("GPL-2.0", ("gnu general public license", "version 2")),
    ("Apache-2.0", ("apache license", "version 2 0")),
    ("MPL-2.0", ("mozilla public license", "2 0")),
    ("EPL-2.0", ("eclipse public license", "v 2 0")),
    ("EUPL-1.2", ("european union public licence", "v 1 2")),
    ("CC0-1.0", ("cc0 1 0 universal",)),
    ("Unlicense", ("this is free and unencumbered software released into the public domain",)),
    ("BSL-1.0", ("boost software license version 1 0",)),
    ("Zlib", ("this software is provided as is without any express or implied", "altered source")),
    (
        "ISC",
        ("permission to use copy modify and or distribute this software for any purpose",),
    ),
    (
        "MIT",
        ("permission is hereby granted free of charge to any person obtaining a copy",),
    ),
    (
        "BSD-3-Clause",
        ("redistribution and use in source and binary forms", "endorse or promote"),
    ),
    ("BSD-2-Clause", ("redistribution and use in source and binary forms",)),
)
_TAG = re.compile(r"SPDX-License-Identifier:\s*([A-Za-z0-9.+-]+)")


def spdx_id(text: str) -> str:
    """The identifier, or NOASSERTION for a text that is none of the common ones."""
    tag = _TAG.search(text[:2000])
    if tag:
        return tag.group(1)
    # The head decides: the GPL's own text names the LGPL and the AGPL further down.
    words = _SPACE.sub(" ", text[:6000].lower())
    head = words[:600]
    for identifier, phrases in _SIGNS:
        place = head if identifier.startswith(("AGPL", "LGPL", "GPL")) else words
        if all(phrase in place for phrase in phrases):
            return identifier
    return NO_ASSERTION
