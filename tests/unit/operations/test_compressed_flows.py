"""Compressed flows are refused for their size before they are read."""

import base64
import gzip

import pytest

from domain.errors import PayloadTooLarge
from operations.flows.compressed import decompress_flow


@pytest.mark.parametrize("wide", ["中", "\\u4e2d"], ids=["character", "escape"])
def test_flow_that_one_wide_character_makes_too_large_is_refused_at_once(wide):
    text = '{"name": "' + "a" * 16_000_000 + wide + '"}'
    with pytest.raises(PayloadTooLarge, match="The serialized flow would take 64,0"):
        decompress_flow(base64.b64encode(gzip.compress(text.encode(), 1)).decode())
