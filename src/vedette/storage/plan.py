"""Which volume takes the next file."""

import hashlib
import math
from collections.abc import Mapping


def choose_volume(room_bytes: Mapping[str, int], seed: str) -> str | None:
    """Pick a volume at random in proportion to its room, always the same for the same seed.

    Picking the emptiest one would send every stream to the same disk; in proportion, disks of
    different size fill up together and share the load. Source: weighted rendezvous hashing
    (Thaler and Ravishankar 1998, with the logarithmic weights of Schindelhauer and Schomaker 2005).

    Args:
        room_bytes: Bytes beyond the reserve by volume identifier; those without room are left out.
        seed: Names the file, such as its path.

    Returns:
        Identifier of a volume, or None when none has room.
    """
    best: tuple[float, str] | None = None
    for identifier, room in room_bytes.items():
        if room <= 0:
            continue
        digest = hashlib.blake2b(f"{identifier}/{seed}".encode(), digest_size=8).digest()
        uniform = (int.from_bytes(digest) + 1) / (2**64 + 2)  # strictly between 0 and 1
        score = (-room / math.log(uniform), identifier)
        if best is None or score > best:
            best = score
    return best[1] if best else None
