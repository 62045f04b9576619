"""Steering cameras: wishes of people become commands that a camera obeys, and always end.

In: wishes and presets from the API. Out: commands over ``ingest.onvif.ptz``, ``camera.steered`` on
the bus. Settings: none. Drivers: none; ONVIF is the one way.
"""
