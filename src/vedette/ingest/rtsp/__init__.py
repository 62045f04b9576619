"""Our own RTSP/1.0 client: the parts of the ``rtsp`` driver, parsers apart from sockets.

``wire`` (messages and interleaved frames), ``auth``, ``address``, ``sdp`` are pure; ``rtp``,
``reorder``, ``rtcp`` and ``depacketisers`` turn packets into frames without any I/O; ``connection``
and ``datagrams`` move bytes; ``session`` talks to the camera.
"""
