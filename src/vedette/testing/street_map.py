"""The smallest street map there can be: a PMTiles file with one vector tile of the whole world.

Sources: the PMTiles specification, version 3, and the Mapbox Vector Tile specification, 2.1.
"""

import json
import struct

EXTENT = 4096
_WORLD_E7 = (-1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000)
_HEADER_BYTES = 127
_POINT, _LINE, _POLYGON = 1, 2, 3
_Feature = tuple[int, list[int], dict[str, str | int]]


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def _field(number: int, value: int | bytes) -> bytes:
    """A field of a protocol buffer: a number, or bytes with their length."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _zigzag(value: int) -> int:
    return value << 1 ^ value >> 31


def _path(points: list[tuple[int, int]]) -> list[int]:
    """Move to the first point and draw to the others; each is told from the one before."""
    commands: list[int] = []
    x = y = 0
    for index, (to_x, to_y) in enumerate(points):
        if index == 0:
            commands.append(1 | 1 << 3)
        elif index == 1:
            commands.append(2 | (len(points) - 1) << 3)
        commands += [_zigzag(to_x - x), _zigzag(to_y - y)]
        x, y = to_x, to_y
    return commands


def _layer(name: str, features: list[_Feature]) -> bytes:
    keys: list[str] = []
    values: list[str | int] = []
    body = _field(1, name.encode()) + _field(15, 2) + _field(5, EXTENT)
    for kind, geometry, properties in features:
        tags: list[int] = []
        for key, value in properties.items():
            if key not in keys:
                keys.append(key)
            if value not in values:
                values.append(value)
            tags += [keys.index(key), values.index(value)]
        packed = [b"".join(map(_varint, numbers)) for numbers in (tags, geometry)]
        body += _field(2, _field(2, packed[0]) + _field(3, kind) + _field(4, packed[1]))
    body += b"".join(_field(3, key.encode()) for key in keys)
    for value in values:
        body += _field(4, _field(1, value.encode()) if isinstance(value, str) else _field(4, value))
    return _field(3, body)


def street_map() -> bytes:
    """A file with land everywhere, two roads that cross, and a town at their crossing."""
    square = [(0, 0), (EXTENT, 0), (EXTENT, EXTENT), (0, EXTENT)]
    road = {"kind": "major_road", "min_zoom": 0, "sort_rank": 1}
    town = {"kind": "locality", "kind_detail": "city", "name": "Testville", "min_zoom": 0}
    tile = (
        _layer("earth", [(_POLYGON, [*_path(square), 15], {"kind": "earth"})])
        + _layer(
            "roads",
            [
                (_LINE, _path([(100, 1420), (4000, 1420)]), {**road, "name": "Long Street"}),
                (_LINE, _path([(2234, 0), (2234, 4000)]), {**road, "name": "High Street"}),
            ],
        )
        + _layer("places", [(_POINT, _path([(2234, 1420)]), {**town, "population_rank": 13})])
    )
    directory = b"".join(map(_varint, (1, 0, 1, len(tile), 1)))
    no_fields: dict[str, str] = {}
    names = ("earth", "roads", "places")
    about = {"vector_layers": [{"id": name, "fields": no_fields} for name in names]}
    metadata = json.dumps(about).encode()
    root, meta = _HEADER_BYTES, _HEADER_BYTES + len(directory)
    data = meta + len(metadata)
    places = (root, len(directory), meta, len(metadata), 0, 0, data, len(tile), 1, 1, 1)
    header = b"PMTiles\x03" + struct.pack("<11Q", *places)
    header += bytes([1, 1, 1, 1, 0, 0])  # clustered, not compressed, vector tiles, zoom 0 to 0
    header += struct.pack("<4i", *_WORLD_E7) + bytes([0]) + struct.pack("<2i", 0, 0)
    return header + directory + metadata + tile
