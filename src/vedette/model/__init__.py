"""The nouns of the flow, in flow order: frozen records without behaviour that needs I/O.

Times are whole numbers with their unit in the name: ``_us`` microseconds of wall time since the
Unix epoch (UTC), ``_ns`` nanoseconds of monotonic time, ``pts``/``dts`` ticks of the track's
``timescale`` counted from the origin of the run. Ranges include their start and exclude their end.
"""
