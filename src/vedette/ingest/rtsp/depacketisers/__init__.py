"""RTP payloads to frames, one codec per file; each follows ``rtp.Depacketiser``."""
