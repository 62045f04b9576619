"""The ONVIF client library behind a guard: imported late, bounded, and kept from side effects.

``onvif-zeep-async`` and its parts take most of a second and 50 MB to import and to read their
WSDL files, so they are loaded in a thread when the first camera is probed. The WSDL files come
with the library; nothing is fetched from a network.

The library calls `logging.basicConfig`, parses with lxml's limits off and reads an answer
of any length; a camera may be hostile, so each of the three is put right here.
"""

import asyncio
import importlib
import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vedette.base.errors import SourceLost, SourceProtocol

MAX_ANSWER_BYTES = 512 * 1024
_CHUNK_BYTES = 16 * 1024
_lock = threading.Lock()
_loaded: list["Library"] = []


@dataclass(frozen=True, slots=True)
class Library:
    """The imported modules; untyped, as they come.

    Attributes:
        onvif: ``onvif.client``.
        aiohttp: The HTTP client beneath it.
        etree: ``lxml.etree``.
        faults: ``zeep.exceptions``.
        transport: Class of transports that read at most ``MAX_ANSWER_BYTES``.
        wsdl: Folder of the WSDL files.
    """

    onvif: Any
    aiohttp: Any
    etree: Any
    faults: Any
    transport: Any
    wsdl: Path


def _import() -> Library:
    with _lock:
        if _loaded:
            return _loaded[0]
        root = logging.getLogger()
        handlers, level = root.handlers[:], root.level
        client = importlib.import_module("onvif.client")
        root.handlers[:] = handlers
        root.setLevel(level)
        # Its own debug lines hold whole messages, with the digest of the password in them.
        for name in ("onvif", "zeep"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        settings = importlib.import_module("onvif.settings").DEFAULT_SETTINGS
        settings.xml_huge_tree = False
        settings.forbid_dtd = True
        settings.forbid_entities = True
        settings.forbid_external = True
        library = Library(
            onvif=client,
            aiohttp=importlib.import_module("aiohttp"),
            etree=importlib.import_module("lxml.etree"),
            faults=importlib.import_module("zeep.exceptions"),
            transport=_bounded(importlib.import_module("onvif.zeep_aiohttp").AIOHTTPTransport),
            wsdl=Path(str(client.__file__)).parent / "wsdl",
        )
        _loaded.append(library)
        return library


async def load() -> Library:
    """The library, imported in a thread the first time."""
    return _loaded[0] if _loaded else await asyncio.to_thread(_import)


def _bounded(base: Any) -> Any:
    """A transport that follows no redirect and reads no more than it must."""

    class BoundedTransport(base):  # pyright: ignore[reportUntypedBaseClass]
        async def _post_internal(self, address: str, message: Any, headers: Any) -> Any:
            data = message.encode() if isinstance(message, str) else message
            sent: dict[str, str] = {"Content-Type": 'text/xml; charset="utf-8"', **(headers or {})}
            response = await self.session.post(
                address, data=data, headers=sent, allow_redirects=False
            )
            try:
                return response, await read_bounded(response, MAX_ANSWER_BYTES)
            finally:
                response.release()

    return BoundedTransport


async def read_bounded(response: Any, limit_bytes: int) -> bytes:
    """The body of an HTTP response, decompressed.

    Raises:
        SourceProtocol: It is longer than ``limit_bytes``.
    """
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        size += len(chunk)
        if size > limit_bytes:
            response.close()
            raise SourceProtocol(f"the camera's answer is longer than {limit_bytes // 1024} KiB")
        chunks.append(chunk)
    return b"".join(chunks)


def parse(library: Library, data: bytes) -> Any:
    """XML from a stranger: no document type, no entity, no network, lxml's limits on.

    Returns:
        The root element.

    Raises:
        SourceProtocol: It is no XML, or has a document type.
    """
    parser = library.etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = library.etree.fromstring(data, parser)
    except (library.etree.XMLSyntaxError, ValueError):
        raise SourceProtocol("the camera's answer is no XML") from None
    if root.getroottree().docinfo.doctype:
        raise SourceProtocol("the camera's answer has a document type, which SOAP forbids")
    return root


def described(error: BaseException, address: str) -> SourceLost:
    """An error of the network below, in words and without secrets."""
    if isinstance(error, SourceLost):
        return error
    if isinstance(error, TimeoutError):
        return SourceLost(f"{address} did not answer in time")
    if isinstance(error, OSError) or type(error).__module__.startswith("aiohttp"):
        return SourceLost(f"{address} could not be reached over HTTP")
    return SourceProtocol(f"{address} answered with something that is not ONVIF")
