"""Bitstreams and containers as pure functions: NAL units, parameter sets, fragmented MP4."""
